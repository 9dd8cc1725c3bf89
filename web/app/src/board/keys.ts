/** What keys do while the board has the focus. They are the board's then: a meeting's shortcuts do not hear them. */
import { NUDGE } from './shapes';
import type { Stage } from './stage';

/** Pixels of the page by one press of an arrow. */
const STEP = 64;
const ZOOM_STEP = 1.25;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const ACTIONS: Readonly<Record<string, (s: Stage) => void>> = {
  '+': (s) => s.zoomBy(ZOOM_STEP), '=': (s) => s.zoomBy(ZOOM_STEP), '-': (s) => s.zoomBy(1 / ZOOM_STEP), 0: (s) => s.fit(),
  ' ': (s) => s.space(true),
  Enter: (s) => s.writeHere(),
  Escape: (s) => (s.drop(), s.select('')),
};

/** Says whether the key was the board's. */
export function pressed(s: Stage, e: KeyboardEvent, writable: boolean): boolean {
  if (e.altKey) return false;
  const arrow = ARROWS[e.key];
  if (e.ctrlKey || e.metaKey) {
    const key = e.key.toLowerCase();
    if (!writable || (key !== 'z' && key !== 'y')) return false;
    if (key === 'y' || e.shiftKey) s.undo.redo();
    else s.undo.undo();
  } else if (arrow) {
    const shape = writable ? s.chosen() : undefined;
    const by = e.shiftKey ? 5 * NUDGE : NUDGE;
    if (shape) s.put({ ...shape, x: shape.x + arrow[0] * by, y: shape.y + arrow[1] * by });
    else s.drag({ x: -arrow[0] * STEP, y: -arrow[1] * STEP });
  } else if (e.key === 'Delete' || e.key === 'Backspace') {
    if (s.selected && writable) s.remove([s.selected]);
  } else if (Object.hasOwn(ACTIONS, e.key)) ACTIONS[e.key]?.(s);
  else return false;
  return true;
}
