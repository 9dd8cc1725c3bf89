/**
 * The others in the text: where their cursors are, with names and colours, and whose words are whose. Positions are
 * Yjs's relative ones, so they stay where they belong while others type before them.
 */
import { StateEffect, StateField, type Extension, type Range } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from '@codemirror/view';
import * as Y from 'yjs';
import type { Pad } from './model';
import { colorClass } from './model';

interface SharedCursor {
  readonly anchor: unknown;
  readonly head: unknown;
}

/** How long, in ms, a name stays beside a cursor that has moved. */
const NAME_MS = 2_600;

class Caret extends WidgetType {
  constructor(readonly name: string, readonly color: string, readonly fresh: boolean) {
    super();
  }
  override eq(o: Caret): boolean {
    return o.name === this.name && o.color === this.color && o.fresh === this.fresh;
  }
  override toDOM(): HTMLElement {
    const caret = document.createElement('span');
    caret.className = `pad-caret person ${this.color}${this.fresh ? ' fresh' : ''}`;
    caret.dataset.test = 'pad-cursor';
    caret.dataset.name = this.name;
    caret.setAttribute('aria-hidden', 'true');
    const name = document.createElement('span');
    name.className = 'pad-caret-name';
    name.textContent = this.name;
    caret.append('\u2060', name);
    return caret;
  }
  override get estimatedHeight(): number {
    return -1;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

const refresh = StateEffect.define<null>();

export function absolute(pad: Pad, position: unknown): number | null {
  if (!position || typeof position !== 'object') return null;
  try {
    const at = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(position), pad.doc);
    return at && at.type === pad.text ? at.index : null;
  } catch {
    return null;
  }
}

export function relative(pad: Pad, index: number): unknown {
  return Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(pad.text, index));
}

/** Where this person's cursor is, or null. */
export function cursorOf(pad: Pad, client: number): number | null {
  const cursor = pad.awareness.getStates().get(client)?.cursor as SharedCursor | null | undefined;
  return cursor ? absolute(pad, cursor.head) : null;
}

export function cursors(pad: Pad): Extension {
  return ViewPlugin.fromClass(class {
    decorations: DecorationSet = Decoration.none;
    private readonly moved = new Map<number, { at: string; when: number }>();
    private timer: ReturnType<typeof setTimeout> | undefined;
    private queued = false;
    private gone = false;
    private readonly onChange = ({ added, updated, removed }: { added: number[]; updated: number[]; removed: number[] }): void => {
      if ([...added, ...updated, ...removed].some((id) => id !== pad.doc.clientID)) this.ask();
    };

    constructor(private readonly view: EditorView) {
      pad.awareness.on('change', this.onChange);
      this.ask();
    }

    /** Draws again soon: not in the middle of an update. */
    private ask(): void {
      if (this.queued) return;
      this.queued = true;
      queueMicrotask(() => {
        this.queued = false;
        if (!this.gone) this.view.dispatch({ effects: refresh.of(null) });
      });
    }

    update(u: ViewUpdate): void {
      if (u.selectionSet || u.focusChanged || u.docChanged) this.publish(u);
      if (u.docChanged || u.transactions.some((t) => t.effects.some((e) => e.is(refresh)))) this.decorations = this.draw();
    }

    private publish(u: ViewUpdate): void {
      const local = pad.awareness.getLocalState();
      if (!local) return;
      const { anchor, head } = u.state.selection.main;
      // Another program's focus hides nothing: where one was is where one reads.
      if (!u.view.hasFocus && !local.cursor) return;
      const cursor = { anchor: relative(pad, anchor), head: relative(pad, head) };
      if (JSON.stringify(cursor) === JSON.stringify(local.cursor)) return;
      queueMicrotask(() => !this.gone && pad.awareness.setLocalStateField('cursor', cursor));
    }

    private draw(): DecorationSet {
      const out: Range<Decoration>[] = [];
      const length = this.view.state.doc.length;
      const now = Date.now();
      for (const person of pad.people.value) {
        if (person.me) continue;
        const cursor = pad.awareness.getStates().get(person.client)?.cursor as SharedCursor | null | undefined;
        const head = cursor ? absolute(pad, cursor.head) : null;
        const anchor = cursor ? absolute(pad, cursor.anchor) : null;
        if (head === null || anchor === null || head > length || anchor > length) continue;
        const key = JSON.stringify(cursor);
        const was = this.moved.get(person.client);
        if (was?.at !== key) this.moved.set(person.client, { at: key, when: now });
        const fresh = was?.at !== key || now - was.when < NAME_MS;
        if (fresh) this.fade();
        if (anchor !== head) out.push(Decoration.mark({ class: `pad-selection person ${person.color}` }).range(Math.min(anchor, head), Math.max(anchor, head)));
        out.push(Decoration.widget({ widget: new Caret(person.name, person.color, fresh), side: head >= anchor ? 1 : -1 }).range(head));
      }
      return Decoration.set(out, true);
    }

    private fade(): void {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), NAME_MS + 50);
    }

    destroy(): void {
      this.gone = true;
      clearTimeout(this.timer);
      pad.awareness.off('change', this.onChange);
      if (pad.awareness.getLocalState()) pad.awareness.setLocalStateField('cursor', null);
    }
  }, { decorations: (p) => p.decorations });
}

/** Stretches of text by who wrote them: [from, to, Yjs client]. Deleted text has no place. */
export function authorship(text: Y.Text): [number, number, number][] {
  const out: [number, number, number][] = [];
  let at = 0;
  for (let item = text._start; item; item = item.right) {
    if (item.deleted || !item.countable) continue;
    const last = out.at(-1);
    if (last && last[2] === item.id.client && last[1] === at) last[1] += item.length;
    else out.push([at, at + item.length, item.id.client]);
    at += item.length;
  }
  return out;
}

/** The classes of those who wrote, by Yjs client: who is here now, and whom the server knows. */
export function authorColors(pad: Pad): (client: number) => string {
  const here = new Map(pad.people.value.map((p) => [p.client, p.color]));
  return (client) => {
    const known = pad.authors.value.get(client);
    // The server's own hand (a template, an import) is nobody's.
    return here.get(client) ?? (known?.name ? colorClass(known.seat ?? -1, known.color) : '');
  };
}

const setWash = StateEffect.define<DecorationSet>();

/** Lies under the text while "whose words" is on. */
export const wash: StateField<DecorationSet> = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(set, tr) {
    for (const e of tr.effects) if (e.is(setWash)) return e.value;
    return set.map(tr.changes);
  },
  provide: (f) => EditorView.decorations.from(f),
});

export function paintWash(view: EditorView, pad: Pad, on: boolean): void {
  if (!on && view.state.field(wash).size === 0) return; // each step of the editor costs, in a long text most of all
  const color = authorColors(pad);
  const length = view.state.doc.length;
  const marks = on
    ? authorship(pad.text).flatMap(([from, to, client]) => {
      const c = color(client);
      return c && to <= length ? [Decoration.mark({ class: `pad-author person ${c}` }).range(from, to)] : [];
    })
    : [];
  view.dispatch({ effects: setWash.of(Decoration.set(marks)) });
}
