/** The pad as a plain text field, for screen readers and phones that get on badly with editors. */
import { useEffect, useRef } from 'preact/hooks';
import type * as Y from 'yjs';
import { Hand, replaceText } from './binding';
import type { Pad } from './model';
import { tp } from './text';

/** Where a place in the text is after a change. */
export function moved(at: number, delta: Y.YTextEvent['delta']): number {
  let pos = 0;
  for (const d of delta) {
    if (pos > at) break;
    if (d.retain !== undefined) pos += d.retain;
    else if (typeof d.insert === 'string') {
      if (pos <= at) at += d.insert.length;
      pos += d.insert.length;
    } else if (d.delete !== undefined && pos < at) at -= Math.min(d.delete, at - pos);
  }
  return at;
}

export function PlainText({ pad }: { pad: Pad }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const hand = useRef<Hand | null>(null);
  useEffect(() => {
    const area = field.current;
    if (!area) return undefined;
    const mine = new Hand(pad.text);
    hand.current = mine;
    area.value = pad.text.toString();
    const observe = (event: Y.YTextEvent, transaction: Y.Transaction): void => {
      if (transaction.origin === mine) return;
      const { selectionStart, selectionEnd, scrollTop } = area;
      area.value = pad.text.toString();
      area.setSelectionRange(moved(selectionStart, event.delta), moved(selectionEnd, event.delta));
      area.scrollTop = scrollTop;
    };
    pad.text.observe(observe);
    return () => {
      pad.text.unobserve(observe);
      mine.undo.destroy();
    };
  }, [pad]);
  const keys = (e: KeyboardEvent): void => {
    if (!(e.ctrlKey || e.metaKey) || e.altKey || !'zy'.includes(e.key.toLowerCase())) return;
    e.preventDefault();
    if (e.key.toLowerCase() === 'y' || e.shiftKey) hand.current?.undo.redo();
    else hand.current?.undo.undo();
  };
  return (
    <textarea ref={field} class="pad-plain" data-test="pad-plain" aria-label={tp('editorLabel')} placeholder={tp('placeholder')} readOnly={!pad.writable.value} spellcheck
      onInput={(e) => replaceText(pad.text, e.currentTarget.value, hand.current)} onKeyDown={keys} />
  );
}
