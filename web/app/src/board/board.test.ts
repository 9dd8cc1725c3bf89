import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Camera, ZOOM_LEAST, ZOOM_MOST } from './camera';
import { EraseGesture, GripGesture, PenGesture, ShapeGesture, type Hands } from './gestures';
import { POINTS_MOST, around, boxOf, corner, hits, isShape, noteHeight, penPath, penShape, resized, shapes, top, wrap, type Shape } from './shapes';

const shape = (kind: Shape['kind'], more: Partial<Shape> = {}): Shape => ({ id: kind, kind, x: 10, y: 10, w: 100, h: 50, color: 0, width: 1, z: 1, ...more });

describe('shapes', () => {
  it('are refused when they are none', () => {
    const bad: unknown[] = [null, 3, {}, shape('rect', { x: Number.NaN }), { ...shape('rect'), kind: 'script' }, shape('pen'), shape('pen', { points: [1, 2] }),
      shape('pen', { points: Array.from({ length: 3 * POINTS_MOST + 3 }, () => 1) }), shape('note', { text: 'x'.repeat(5000) }), { ...shape('text'), text: 4 }];
    for (const b of bad) expect(isShape(b), JSON.stringify(b)?.slice(0, 60)).toBe(false);
    for (const kind of ['rect', 'oval', 'arrow', 'text', 'note'] as const) expect(isShape(shape(kind)), kind).toBe(true);
  });

  it('lie in the same order for everybody', () => {
    const board = new Y.Doc().getMap<unknown>('board');
    board.set('b', shape('rect', { id: 'b', z: 2 }));
    board.set('c', shape('oval', { id: 'c', z: 1 }));
    board.set('a', shape('oval', { id: 'a', z: 2 }));
    board.set('x', { nonsense: true });
    expect(shapes(board).map((s) => s.id)).toEqual(['c', 'a', 'b']);
    expect(top(shapes(board))).toBe(3);
  });

  it('are hit where they are drawn', () => {
    expect(hits(shape('rect'), 10, 30, 4)).toBe(true);
    expect(hits(shape('rect'), 60, 35, 4)).toBe(false);
    expect(hits(shape('note'), 60, 35, 4)).toBe(true);
    expect(hits(shape('oval'), 60, 10, 4)).toBe(true);
    expect(hits(shape('oval'), 60, 35, 4)).toBe(false);
    expect(hits(shape('arrow', { w: -100 }), -40, 35, 4)).toBe(true);
    expect(hits(shape('arrow'), 60, 15, 4)).toBe(false);
    const pen = penShape('p', [0, 0, 0.5, 100, 0, 0.5], 0, 1, 1);
    expect(hits(pen, 50, 2, 4)).toBe(true);
    expect(hits(pen, 50, 30, 4)).toBe(false);
  });

  it('know how large they are, whichever way they were drawn', () => {
    expect(boxOf(shape('arrow', { w: -100, h: -50 }))).toEqual({ x: -90, y: -40, w: 100, h: 50 });
    expect(around([shape('rect'), shape('rect', { x: 200, y: -20 })])).toEqual({ x: 10, y: -20, w: 290, h: 80 });
    expect(around([])).toBeNull();
    const pen = penShape('p', [5, 5, 0.5, -5, 25, 0.5], 0, 1, 1);
    expect(pen).toMatchObject({ x: -5, y: 5, w: 10, h: 20, points: [10, 0, 0.5, 0, 20, 0.5] });
    expect(isShape(pen)).toBe(true);
    expect(penPath(pen)).toMatch(/^M[-\d.]+ [-\d.]+Q[-\d. ]+Z$/);
  });

  it('break their lines', () => {
    const width = (t: string): number => t.length;
    expect(wrap('one two three', 7, width)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij', 4, width)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrap('a\n\nb', 9, width)).toEqual(['a', '', 'b']);
  });

  it('become larger by their corner, and never vanish', () => {
    expect(resized(shape('rect'), 20, -500)).toMatchObject({ x: 10, y: 10, w: 120, h: 4 });
    expect(resized(shape('arrow'), -200, 0)).toMatchObject({ w: -100, h: 50 });
    expect(resized(shape('note'), -500, 0).w).toBe(80);
    const pen = resized(penShape('p', [0, 0, 0.3, 100, 0, 0.7], 0, 1, 1), 100, 40);
    expect(pen).toMatchObject({ w: 200, h: 0, points: [0, 0, 0.3, 200, 0, 0.7] });
    expect(corner(shape('text'))).toBeNull();
    expect(corner(shape('arrow'))).toEqual({ x: 110, y: 60 });
    expect(noteHeight('a\nb\nc', 128, 40, (t) => t.length)).toBe(3 * 26 + 2 * 14);
    expect(noteHeight('', 128, 190, (t) => t.length)).toBe(190);
  });
});

describe('the camera', () => {
  it('keeps what is under the hand under the hand', () => {
    const c = new Camera();
    c.drag(-30, 10);
    c.zoomAt(2.5, { x: 200, y: 100 });
    const before = c.place({ x: 77, y: 33 });
    c.zoomAt(0.3, { x: 77, y: 33 });
    expect(c.place({ x: 77, y: 33 }).x).toBeCloseTo(before.x);
    expect(c.onCanvas(before).y).toBeCloseTo(33);
    for (const factor of [1e9, 1e-9]) {
      c.zoomAt(factor, { x: 0, y: 0 });
      expect([ZOOM_LEAST, ZOOM_MOST]).toContain(c.zoom);
    }
  });

  it('follows two fingers, also ones that lie on each other', () => {
    const c = new Camera();
    const [a, b] = [c.place({ x: 100, y: 100 }), c.place({ x: 200, y: 100 })];
    c.pinch([{ x: 100, y: 100 }, { x: 200, y: 100 }], [{ x: 50, y: 140 }, { x: 250, y: 140 }]);
    expect(c.zoom).toBe(2);
    expect(c.onCanvas(a)).toEqual({ x: 50, y: 140 });
    expect(c.onCanvas(b)).toEqual({ x: 250, y: 140 });
    c.pinch([{ x: 1, y: 1 }, { x: 1, y: 1 }], [{ x: 1, y: 1 }, { x: 1, y: 1 }]);
    expect(c.zoom).toBe(2);
  });
});

describe('a gesture', () => {
  const stand = (list: Shape[]): Hands & { puts: Shape[]; removed: string[] } => {
    const puts: Shape[] = [];
    const removed: string[] = [];
    return { color: 2, width: 3, near: 4, list: () => list, put: (...s) => void puts.push(...s), remove: (ids) => void removed.push(...ids), drag: () => undefined, tell: () => undefined, puts, removed };
  };
  const event = (more: object = {}): PointerEvent => ({ pointerType: 'pen', pressure: 0.8, shiftKey: false, clientX: 0, clientY: 0, ...more }) as PointerEvent;

  it('writes down how hard a pen is pressed, and nothing before its end', () => {
    const h = stand([shape('rect')]);
    const pen = new PenGesture(h, { x: 5, y: 5 }, event(), (e) => ({ x: e.clientX, y: e.clientY }));
    pen.move({ x: 0, y: 0 }, { x: 0, y: 0 }, event({ clientX: 15, clientY: 5, pressure: 0.2 }));
    pen.move({ x: 0, y: 0 }, { x: 0, y: 0 }, event({ clientX: 25, clientY: 5, pressure: 0 }));
    expect(h.puts).toEqual([]);
    pen.end();
    expect(h.puts).toMatchObject([{ kind: 'pen', x: 5, y: 5, color: 2, width: 3, z: 2, points: [0, 0, 0.8, 10, 0, 0.2, 20, 0, 0.05] }]);
  });

  it('rubs out what lies between two moves, at once when it ends', () => {
    const h = stand([shape('note', { id: 'between', x: 100, y: 0, w: 10, h: 10 }), shape('note', { id: 'beside', x: 100, y: 50, w: 10, h: 10 })]);
    const rub = new EraseGesture(h, { x: 0, y: 5 });
    rub.move({ x: 300, y: 5 });
    expect(h.removed).toEqual([]);
    expect(h.list().map((s) => rub.shown(s) === null)).toEqual([true, false]);
    rub.end();
    expect(h.removed).toEqual(['between']);
  });

  it('moves what is there at its end, not what was there at its beginning', () => {
    const list = [shape('rect', { id: 'r' })];
    const h = stand(list);
    const grip = new GripGesture(h, 'r', false, { x: 20, y: 20 });
    grip.move({ x: 25, y: 30 });
    list[0] = shape('rect', { id: 'r', color: 5 });
    grip.end();
    expect(h.puts).toMatchObject([{ id: 'r', x: 15, y: 20, color: 5 }]);
    list.length = 0;
    grip.end();
    expect(h.puts).toHaveLength(1);
  });

  it('makes no shape of a tap, and a square with Shift', () => {
    const h = stand([]);
    new ShapeGesture(h, 'rect', { x: 1, y: 1 }).end();
    expect(h.puts).toEqual([]);
    const square = new ShapeGesture(h, 'rect', { x: 0, y: 0 });
    square.move({ x: 50, y: -20 }, { x: 0, y: 0 }, event({ shiftKey: true }));
    square.end();
    expect(h.puts).toMatchObject([{ w: 50, h: -50 }]);
  });
});
