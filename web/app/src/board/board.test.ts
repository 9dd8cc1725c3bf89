import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { POINTS_MOST, around, boxOf, hits, isShape, penPath, penShape, shapes, top, wrap, type Shape } from './shapes';

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
});
