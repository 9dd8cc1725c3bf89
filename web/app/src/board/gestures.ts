/**
 * What one pointer does from down to up, by tool. A gesture changes the shared board at its end only, so that it can be
 * dropped (a second finger, Escape, the browser) and nothing has happened, and one undo takes back all of it.
 */
import type { Point } from './camera';
import { GRIP_LEAST, POINTS_MOST, boxOf, hits, newId, penShape, resized, top, type Shape, type ShapeKind } from './shapes';

export interface Gesture {
  /** A move: where it is on the board, how far it went on the canvas since the last one. */
  move(at: Point, by: Point, e: PointerEvent): void;
  /** The pointer was lifted: now it counts. */
  end(): void;
  /** How a shape that is there looks meanwhile: null when it goes. */
  shown?(s: Shape): Shape | null;
  /** What is not there yet. */
  added?(): Shape | null;
}

/** What gestures need of the stage. */
export interface Hands {
  readonly color: number;
  readonly width: number;
  /** So near, on the board, is a hit. */
  readonly near: number;
  list(): readonly Shape[];
  put(...shapes: Shape[]): void;
  remove(ids: readonly string[]): void;
  drag(by: Point): void;
  /** Lets the others see a stroke under way; null when it is over. */
  tell(stroke: Shape | null): void;
}

export const pan = (h: Hands): Gesture => ({ move: (_, by) => h.drag(by), end: () => undefined });

/** Pens say how hard they are pressed; of fingers and mice 0.5 is written down, and their speed makes the line. */
const pressure = (e: PointerEvent): number => (e.pointerType === 'pen' ? Math.max(0.05, e.pressure) : 0.5);

export class PenGesture implements Gesture {
  private points: number[];

  constructor(private readonly h: Hands, at: Point, e: PointerEvent, private readonly place: (e: PointerEvent) => Point) {
    this.points = [at.x, at.y, pressure(e)];
  }

  move(_at: Point, _by: Point, e: PointerEvent): void {
    const all = e.getCoalescedEvents?.() ?? [];
    for (const c of all.length > 0 ? all : [e]) {
      const p = this.place(c);
      this.points.push(p.x, p.y, pressure(c));
    }
    if (this.points.length >= 3 * POINTS_MOST) {
      const last = this.points.slice(-3);
      this.end();
      this.points = last;
    }
    this.h.tell(this.added());
  }

  added(): Shape {
    return penShape('draft', this.points, this.h.color, this.h.width, Number.MAX_SAFE_INTEGER);
  }

  end(): void {
    this.h.put({ ...this.added(), id: newId(), z: top(this.h.list()) });
  }
}

export class ShapeGesture implements Gesture {
  private shape: Shape;

  constructor(private readonly h: Hands, kind: ShapeKind, at: Point) {
    this.shape = { id: newId(), kind, x: at.x, y: at.y, w: 0, h: 0, color: h.color, width: h.width, z: top(h.list()) };
  }

  move(at: Point, _by: Point, e: PointerEvent): void {
    let [w, h] = [at.x - this.shape.x, at.y - this.shape.y];
    // With Shift as wide as high, as in all drawing programs.
    if (e.shiftKey && this.shape.kind !== 'arrow') {
      const side = Math.max(Math.abs(w), Math.abs(h));
      [w, h] = [w < 0 ? -side : side, h < 0 ? -side : side];
    }
    this.shape = { ...this.shape, w, h };
  }

  added(): Shape {
    return this.shape;
  }

  end(): void {
    const b = boxOf(this.shape);
    if (b.w >= GRIP_LEAST || b.h >= GRIP_LEAST) this.h.put(this.shape);
  }
}

export class EraseGesture implements Gesture {
  private readonly gone = new Set<string>();
  private last: Point;

  constructor(private readonly h: Hands, at: Point) {
    this.last = at;
    this.rub(at);
  }

  private rub(at: Point): void {
    for (const s of this.h.list()) if (hits(s, at.x, at.y, this.h.near)) this.gone.add(s.id);
  }

  /** A fast hand leaves gaps between two moves: they are rubbed as well. */
  move(at: Point): void {
    const steps = Math.ceil(Math.hypot(at.x - this.last.x, at.y - this.last.y) / this.h.near);
    for (let i = 1; i <= steps; i++) this.rub({ x: this.last.x + ((at.x - this.last.x) * i) / steps, y: this.last.y + ((at.y - this.last.y) * i) / steps });
    this.last = at;
  }

  shown(s: Shape): Shape | null {
    return this.gone.has(s.id) ? null : s;
  }

  end(): void {
    if (this.gone.size > 0) this.h.remove([...this.gone]);
  }
}

/** Moves a shape, or, taken by its corner, makes it larger or smaller. */
export class GripGesture implements Gesture {
  private dx = 0;
  private dy = 0;

  constructor(private readonly h: Hands, private readonly id: string, private readonly corner: boolean, private readonly from: Point) {}

  move(at: Point): void {
    this.dx = at.x - this.from.x;
    this.dy = at.y - this.from.y;
  }

  shown(s: Shape): Shape {
    if (s.id !== this.id) return s;
    return this.corner ? resized(s, this.dx, this.dy) : { ...s, x: s.x + this.dx, y: s.y + this.dy };
  }

  end(): void {
    // Somebody may have moved or removed it meanwhile.
    const now = this.h.list().find((s) => s.id === this.id);
    if (now && (this.dx !== 0 || this.dy !== 0)) this.h.put(this.shown(now));
  }
}

/** A tap: something is done where the pointer comes up, if it has stayed there. */
export class TapGesture implements Gesture {
  private far = 0;

  constructor(private readonly h: Hands, private readonly tap: () => void) {}

  /** Who draws with it moves the board. */
  move(_at: Point, by: Point): void {
    this.far += Math.hypot(by.x, by.y);
    if (this.far > 8) this.h.drag(by);
  }

  end(): void {
    if (this.far <= 8) this.tap();
  }
}
