/**
 * The editor and the shared text, kept the same. Changes go both ways as small steps, each marked with where it came
 * from, so that nothing echoes; undo takes back one's own steps only.
 */
import { Annotation, Transaction, type ChangeSpec, type Extension } from '@codemirror/state';
import { EditorView, ViewPlugin, keymap, type ViewUpdate } from '@codemirror/view';
import * as Y from 'yjs';

const REMOTE = Annotation.define<boolean>();
/** Steps within this many ms are undone together. */
const TOGETHER = 400;

/** An editor's own hand: the origin of what is typed in it. */
export class Hand {
  readonly undo: Y.UndoManager;
  constructor(readonly text: Y.Text) {
    this.undo = new Y.UndoManager(text, { trackedOrigins: new Set([this]), captureTimeout: TOGETHER });
  }
}

/** The delta of a Yjs event as changes of an editor. */
export function deltaToChanges(delta: Y.YTextEvent['delta']): ChangeSpec[] {
  const changes: ChangeSpec[] = [];
  let at = 0;
  for (const d of delta) {
    if (typeof d.insert === 'string') changes.push({ from: at, insert: d.insert });
    else if (d.delete !== undefined) {
      changes.push({ from: at, to: at + d.delete });
      at += d.delete;
    } else if (d.retain !== undefined) at += d.retain;
  }
  return changes;
}

export function shared(hand: Hand): Extension {
  const { text, undo } = hand;
  const plugin = ViewPlugin.fromClass(class {
    private readonly observe = (event: Y.YTextEvent, transaction: Y.Transaction): void => {
      if (transaction.origin === hand) return;
      const mine = transaction.origin === undo;
      this.view.dispatch({
        changes: deltaToChanges(event.delta),
        annotations: [REMOTE.of(true), Transaction.addToHistory.of(false), ...(mine ? [] : [Transaction.remote.of(true)])],
        ...(mine ? { scrollIntoView: true, userEvent: 'undo' } : {}),
      });
    };

    constructor(private readonly view: EditorView) {
      text.observe(this.observe);
    }

    update(u: ViewUpdate): void {
      if (!u.docChanged || u.transactions.some((t) => t.annotation(REMOTE))) return;
      text.doc?.transact(() => {
        let shift = 0;
        u.changes.iterChanges((fromA, toA, _fromB, _toB, insert) => {
          const added = insert.sliceString(0, insert.length, '\n');
          if (toA > fromA) text.delete(fromA + shift, toA - fromA);
          if (added) text.insert(fromA + shift, added);
          shift += added.length - (toA - fromA);
        });
      }, hand);
    }

    destroy(): void {
      text.unobserve(this.observe);
    }
  });
  const keys = keymap.of([
    { key: 'Mod-z', run: () => (undo.undo(), true), preventDefault: true },
    { key: 'Mod-y', mac: 'Mod-Shift-z', run: () => (undo.redo(), true), preventDefault: true },
    { key: 'Mod-Shift-z', run: () => (undo.redo(), true), preventDefault: true },
  ]);
  const native = EditorView.domEventHandlers({
    beforeinput: (e) => {
      if (e.inputType !== 'historyUndo' && e.inputType !== 'historyRedo') return false;
      e.preventDefault();
      if (e.inputType === 'historyUndo') undo.undo();
      else undo.redo();
      return true;
    },
  });
  return [plugin, keys, native];
}

/** So much of two texts is compared at a time: character by character a million take too long for a keystroke. */
const STRETCH = 4_096;

/** How far two texts are the same, from their beginning. */
function sameStart(a: string, b: string, most: number): number {
  let n = 0;
  while (n + STRETCH <= most && a.slice(n, n + STRETCH) === b.slice(n, n + STRETCH)) n += STRETCH;
  while (n < most && a.charCodeAt(n) === b.charCodeAt(n)) n++;
  return n;
}

/** How far two texts are the same, from their end. */
function sameEnd(a: string, b: string, most: number): number {
  const at = (s: string, n: number): string => s.slice(s.length - n - STRETCH, s.length - n);
  let n = 0;
  while (n + STRETCH <= most && at(a, n) === at(b, n)) n += STRETCH;
  while (n < most && a.charCodeAt(a.length - 1 - n) === b.charCodeAt(b.length - 1 - n)) n++;
  return n;
}

/** Puts a whole new text in place of the old by the smallest change at one place: what a textarea gives. */
export function replaceText(text: Y.Text, next: string, origin: unknown): void {
  const was = text.toString();
  if (was === next) return;
  const most = Math.min(was.length, next.length);
  let from = sameStart(was, next, most);
  let end = sameEnd(was, next, most - from);
  // Never in the middle of a surrogate pair.
  const low = (s: string, i: number): boolean => (s.charCodeAt(i) & 0xfc00) === 0xdc00;
  if (low(was, from) || low(next, from)) from--;
  if (end > 0 && (low(was, was.length - end) || low(next, next.length - end))) end--;
  text.doc?.transact(() => {
    if (was.length - end > from) text.delete(from, was.length - end - from);
    if (next.length - end > from) text.insert(from, next.slice(from, next.length - end));
  }, origin);
}
