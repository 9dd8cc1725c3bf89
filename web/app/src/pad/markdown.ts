/** Markdown in the editor: its language, how it looks in place, boxes that can be ticked, and lists that go on by themselves. */
import { HighlightStyle, Language, defineLanguageFacet, languageDataProp, syntaxHighlighting, syntaxTree } from '@codemirror/language';
import { EditorSelection, RangeSetBuilder, type Extension, type StateCommand } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { GFM, parser as commonmark, type MarkdownConfig, type MarkdownParser } from '@lezer/markdown';

const data = defineLanguageFacet({ commentTokens: { block: { open: '<!--', close: '-->' } } });
const LINK_MAX = 200;
/** `[[Title]]` leads to the room's pad of that title. */
const wiki: MarkdownConfig = {
  defineNodes: [{ name: 'WikiLink', style: tags.link }],
  parseInline: [{
    name: 'WikiLink', before: 'Link', parse: (cx, next, pos) => {
      if (next !== 91 || cx.char(pos + 1) !== 91) return -1;
      const found = /^\[\[[^\][\n]+\]\]/.exec(cx.slice(pos, Math.min(cx.end, pos + LINK_MAX)));
      return found ? cx.addElement(cx.elt('WikiLink', pos, pos + found[0].length)) : -1;
    },
  }],
};
/** CommonMark with tables, task lists, strikethrough and bare addresses, as on GitHub. */
export const parser: MarkdownParser = commonmark.configure([GFM, wiki, { props: [languageDataProp.add({ Document: data })] }]);

const highlight = HighlightStyle.define([
  { tag: tags.heading1, class: 'md-h1' },
  { tag: tags.heading2, class: 'md-h2' },
  { tag: tags.heading3, class: 'md-h3' },
  { tag: [tags.heading4, tags.heading5, tags.heading6], class: 'md-h4' },
  { tag: tags.strong, class: 'md-strong' },
  { tag: tags.emphasis, class: 'md-em' },
  { tag: tags.strikethrough, class: 'md-strike' },
  { tag: tags.monospace, class: 'md-code' },
  { tag: [tags.link, tags.url], class: 'md-link' },
  { tag: tags.quote, class: 'md-quote' },
  { tag: [tags.processingInstruction, tags.contentSeparator], class: 'md-mark' },
]);

/** Lines of these nodes are looked at as a whole. */
const LINES: Readonly<Record<string, string>> = { FencedCode: 'md-block', CodeBlock: 'md-block', Table: 'md-table', Blockquote: 'md-quoted' };

class Box extends WidgetType {
  constructor(readonly done: boolean, readonly writable: boolean) {
    super();
  }
  override eq(other: Box): boolean {
    return other.done === this.done && other.writable === this.writable;
  }
  override toDOM(view: EditorView): HTMLElement {
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.className = 'md-task';
    box.checked = this.done;
    box.disabled = !this.writable;
    box.tabIndex = -1;
    box.setAttribute('aria-hidden', 'true'); // the text itself says [x]; a second voice in the middle of it would be noise
    box.addEventListener('mousedown', (e) => e.preventDefault());
    box.addEventListener('click', (e) => {
      e.preventDefault();
      const at = view.posAtDOM(box);
      view.dispatch({ changes: { from: at + 1, to: at + 2, insert: this.done ? ' ' : 'x' }, userEvent: 'input' });
    });
    return box;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

function decorate(view: EditorView): DecorationSet {
  const lines: { from: number; deco: Decoration }[] = [];
  const boxes: { from: number; to: number; deco: Decoration }[] = [];
  const selection = view.state.selection.main;
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from, to, enter: (node) => {
        const look = LINES[node.name];
        if (look) {
          const first = view.state.doc.lineAt(Math.max(node.from, from)).number;
          const last = view.state.doc.lineAt(Math.min(node.to, to)).number;
          for (let n = first; n <= last; n++) lines.push({ from: view.state.doc.line(n).from, deco: Decoration.line({ class: look }) });
        }
        if (node.name !== 'TaskMarker') return;
        const near = selection.from <= node.to && selection.to >= node.from;
        if (near && view.hasFocus && !view.state.readOnly) return;
        const done = /x/i.test(view.state.sliceDoc(node.from, node.to));
        boxes.push({ from: node.from, to: node.to, deco: Decoration.replace({ widget: new Box(done, !view.state.readOnly) }) });
      },
    });
  }
  const all = [...lines.map((l) => ({ ...l, to: l.from })), ...boxes].sort((a, b) => a.from - b.from || a.to - b.to);
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to, deco } of all) builder.add(from, to, deco);
  return builder.finish();
}

const inPlace = ViewPlugin.fromClass(class {
  decorations: DecorationSet;
  constructor(view: EditorView) {
    this.decorations = decorate(view);
  }
  update(u: ViewUpdate): void {
    if (u.docChanged || u.viewportChanged || u.selectionSet || u.focusChanged || u.startState.readOnly !== u.state.readOnly || syntaxTree(u.startState) !== syntaxTree(u.state)) this.decorations = decorate(u.view);
  }
}, { decorations: (p) => p.decorations });

export const markdown = (): Extension => [new Language(data, parser, [], 'markdown').extension, syntaxHighlighting(highlight), inPlace];

const ITEM = /^(\s*)(?:([-*+])|(\d{1,9})([.)]))(\s+)(\[[ xX]\]\s+)?/;

/** What begins the next line of a list or quotation, and whether this line has nothing but such a beginning. */
export function continuation(line: string): { begin: string; empty: boolean } | null {
  const item = ITEM.exec(line);
  if (item) {
    const [whole, indent = '', bullet, number, end = '', gap = ' ', task] = item;
    const sign = bullet ?? `${Number(number) + 1}${end}`;
    return { begin: `${indent}${sign}${gap}${task ? '[ ] ' : ''}`, empty: line.length === whole.length };
  }
  const quote = /^(\s*>\s?)+/.exec(line);
  return quote ? { begin: quote[0], empty: line.length === quote[0].length } : null;
}

/** Enter in a list goes on with it; in an empty item it ends the list. */
export const continueList: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false;
  const { main } = state.selection;
  if (state.selection.ranges.length > 1 || !main.empty) return false;
  const line = state.doc.lineAt(main.head);
  for (let node = syntaxTree(state).resolveInner(main.head, -1); node.parent; node = node.parent) if (node.name === 'FencedCode' || node.name === 'CodeBlock') return false;
  const next = continuation(line.text);
  if (!next || main.head - line.from < next.begin.trimEnd().length) return false;
  if (next.empty) {
    dispatch(state.update({ changes: { from: line.from, to: line.to }, userEvent: 'input', scrollIntoView: true }));
    return true;
  }
  const insert = `\n${next.begin}`;
  dispatch(state.update({ changes: { from: main.head, insert }, selection: EditorSelection.cursor(main.head + insert.length), userEvent: 'input', scrollIntoView: true }));
  return true;
};
