/** The editor of a text pad: CodeMirror with our markdown, bound to the shared document. Loaded lazily with the pad. */
import { defaultKeymap, indentLess, indentMore } from '@codemirror/commands';
import { gotoLine, highlightSelectionMatches, openSearchPanel, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, drawSelection, dropCursor, keymap, placeholder, type DecorationSet } from '@codemirror/view';
import { StyleModule } from 'style-mod';
import { Hand, shared } from './binding';
import type { Thread } from './comments';
import { cursorOf, cursors, paintWash, wash } from './cursors';
import { format, type Format } from './format';
import { continueList, markdown } from './markdown';
import type { Pad } from './model';
import { tp } from './text';

/**
 * Makes CodeMirror's own styles go in as constructed style sheets. It does so by itself in shadow roots only; in a
 * document it writes a <style>, which our policy (no inline styles) refuses. So the set that it keeps for a root without
 * a head is given to the document.
 */
function adoptStyles(): void {
  const stand = { ownerDocument: document, adoptedStyleSheets: [] as CSSStyleSheet[] };
  StyleModule.mount(stand as unknown as ShadowRoot, new StyleModule({ '.pad-none': { color: 'inherit' } }));
  for (const key of [...Object.getOwnPropertySymbols(stand), ...Object.keys(stand).filter((k) => k.startsWith('__styleSet'))]) {
    (document as unknown as Record<PropertyKey, unknown>)[key] ??= (stand as unknown as Record<PropertyKey, unknown>)[key];
  }
}

/** UTF-16 units that go in at once: in UTF-8 they fit into one message of the server's 4 MiB. */
const PASTE_MOST = 1_300_000;

const setThreads = StateEffect.define<DecorationSet>();
const threadMarks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(set, tr) {
    for (const e of tr.effects) if (e.is(setThreads)) return e.value;
    return set.map(tr.changes);
  },
  provide: (f) => EditorView.decorations.from(f),
});

export interface EditorOptions {
  readonly pad: Pad;
  readonly parent: HTMLElement;
  readonly readOnly: boolean;
  /** Somebody clicked into the text of this thread. */
  readonly thread: (id: string) => void;
  readonly image: (files: readonly File[]) => void;
  readonly comment: () => void;
  /** Goes to the pad of this title, if there is one. */
  readonly visit: (title: string) => void;
  /** Somebody pasted more than goes in at once; nothing was changed. */
  readonly tooMuch: () => void;
}

const phrases = (): Record<string, string> => ({
  Find: tp('find.find'), Replace: tp('find.replace'), next: tp('find.next'), previous: tp('find.previous'), all: tp('find.all'), 'match case': tp('find.case'),
  regexp: tp('find.regexp'), 'by word': tp('find.word'), replace: tp('find.replace'), 'replace all': tp('find.replaceAll'), close: tp('close'),
  'current match': tp('find.current'), 'replaced $ matches': tp('find.replaced'), 'replaced match on line $': tp('find.replacedOn'), 'on line': tp('find.onLine'), 'Go to line': tp('find.line'), go: tp('find.go'),
});

export class TextEditor {
  readonly view: EditorView;
  readonly hand: Hand;
  private readonly rights = new Compartment();
  private readonly spoken = new Compartment();

  constructor(private readonly o: EditorOptions) {
    adoptStyles();
    this.hand = new Hand(o.pad.text);
    this.view = new EditorView({
      parent: o.parent,
      state: EditorState.create({ doc: o.pad.text.toString(), extensions: this.extensions() }),
    });
  }

  private extensions(): Extension[] {
    const { o } = this;
    return [
      // Yjs counts a carriage return as any character; so the editor must.
      EditorState.lineSeparator.of('\n'),
      EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, '\n')),
      EditorState.transactionFilter.of((tr) => (tr.isUserEvent('input') && tr.changes.newLength - tr.changes.length > PASTE_MOST ? (queueMicrotask(o.tooMuch), []) : tr)),
      EditorView.lineWrapping,
      drawSelection(), dropCursor(), highlightSelectionMatches({ minSelectionLength: 3 }),
      markdown(), search({ top: true }), wash, threadMarks,
      shared(this.hand), cursors(o.pad),
      EditorView.domEventHandlers({
        paste: (e) => this.files(e, e.clipboardData),
        drop: (e) => this.files(e, e.dataTransfer),
        mousedown: (e) => this.follow(e),
      }),
      keymap.of([
        { key: 'Mod-b', run: () => this.format('bold') }, { key: 'Mod-i', run: () => this.format('italic') }, { key: 'Mod-k', run: () => this.format('link') },
        { key: 'Mod-Alt-m', run: () => (o.comment(), true) },
        { key: 'Enter', run: continueList },
        // Tab leaves the editor, as everywhere; in a list it indents.
        { key: 'Tab', run: (v) => /^\s*([-*+]|\d+[.)])\s/.test(v.state.doc.lineAt(v.state.selection.main.head).text) && indentMore(v), shift: (v) => /^\s+/.test(v.state.doc.lineAt(v.state.selection.main.head).text) && indentLess(v) },
        ...searchKeymap.filter((k) => k.run !== gotoLine), ...defaultKeymap,
      ]),
      this.rights.of(this.may(o.readOnly)),
      this.spoken.of(this.said()),
    ];
  }

  private may(readOnly: boolean): Extension {
    // Read-only text still takes the focus: it can be read with a keyboard, searched, selected and commented.
    return [EditorState.readOnly.of(readOnly), EditorView.editable.of(!readOnly), ...(readOnly ? [EditorView.contentAttributes.of({ tabindex: '0', 'aria-readonly': 'true' })] : [])];
  }

  private said(): Extension {
    return [
      EditorState.phrases.of(phrases()), placeholder(tp('placeholder')),
      EditorView.contentAttributes.of({ 'aria-label': tp('editorLabel'), 'data-test': 'pad-text', spellcheck: 'true', autocapitalize: 'sentences', autocorrect: 'on' }),
    ];
  }

  setReadOnly(readOnly: boolean): void {
    this.view.dispatch({ effects: this.rights.reconfigure(this.may(readOnly)) });
  }

  /** Says everything in the language of the page. */
  setLanguage(): void {
    this.view.dispatch({ effects: this.spoken.reconfigure(this.said()) });
  }

  format(what: Format): boolean {
    if (this.view.state.readOnly) return false;
    this.view.dispatch({ ...format(this.view.state, what, { column: tp('column'), linkText: tp('linkText') }), userEvent: 'input', scrollIntoView: true });
    this.view.focus();
    return true;
  }

  undo(): void {
    this.hand.undo.undo();
    this.view.focus();
  }

  redo(): void {
    this.hand.undo.redo();
    this.view.focus();
  }

  find(): void {
    openSearchPanel(this.view);
  }

  insert(text: string): void {
    this.view.dispatch({ ...this.view.state.replaceSelection(text), userEvent: 'input.paste', scrollIntoView: true });
  }

  paint(on: boolean): void {
    paintWash(this.view, this.o.pad, on);
  }

  showThreads(list: readonly Thread[], active: string): void {
    const length = this.view.state.doc.length;
    const marks = list.flatMap((t) => (t.range && !t.resolved && t.range[1] <= length
      ? [Decoration.mark({ class: `pad-thread${t.id === active ? ' active' : ''}`, attributes: { 'data-thread': t.id } }).range(t.range[0], t.range[1])] : []));
    if (marks.length > 0 || this.view.state.field(threadMarks).size > 0) this.view.dispatch({ effects: setThreads.of(Decoration.set(marks, true)) });
  }

  /** Brings a place into the middle of what is seen. */
  goTo(at: number, select?: number): void {
    const end = this.view.state.doc.length;
    if (at > end) return;
    this.view.dispatch({ effects: EditorView.scrollIntoView(at, { y: 'center' }), ...(select === undefined ? {} : { selection: { anchor: at, head: Math.min(select, end) } }) });
  }

  /** Shows where this person is. */
  goToPerson(client: number): void {
    const at = cursorOf(this.o.pad, client);
    if (at !== null) this.goTo(at);
  }

  destroy(): void {
    this.hand.undo.destroy();
    this.view.destroy();
  }

  private files(e: Event, data: DataTransfer | null): boolean {
    const images = [...(data?.files ?? [])].filter((f) => f.type.startsWith('image/'));
    if (images.length === 0 || this.view.state.readOnly) return false;
    e.preventDefault();
    this.o.image(images);
    return true;
  }

  /** Ctrl+click opens a link, also one to another pad; a click into commented text shows the thread. */
  private follow(e: MouseEvent): boolean {
    const at = e.target instanceof Element ? e.target : null;
    const thread = at?.closest<HTMLElement>('[data-thread]')?.dataset.thread;
    if (thread) this.o.thread(thread);
    if (!(e.ctrlKey || e.metaKey)) return false;
    const position = this.view.posAtCoords({ x: e.clientX, y: e.clientY });
    if (position === null) return false;
    const line = this.view.state.doc.lineAt(position);
    for (const m of line.text.matchAll(/https?:\/\/[^\s<>"')\]]+|\[\[([^\][\n]+)\]\]/g)) {
      if (position - line.from < m.index || position - line.from > m.index + m[0].length) continue;
      if (m[1] === undefined) open(m[0], '_blank', 'noopener,noreferrer');
      else this.o.visit(m[1]);
      return true;
    }
    return false;
  }
}
