/**
 * Which part of the board is seen, and how near. x and y are the place on the board at the canvas's upper left corner;
 * zoom is pixels of the page for one unit of the board. Places on the canvas are in pixels of the page.
 */
import type { Box } from './shapes';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export const ZOOM_LEAST = 0.1;
export const ZOOM_MOST = 6;
/** Showing everything comes no nearer than this. */
const FIT_MOST = 2;
const FIT_MARGIN = 40;
/** Dots of the ground are this far from each other, in pixels of the page, or up to twice as far. */
const DOTS = 18;

export class Camera {
  x = 0;
  y = 0;
  zoom = 1;

  /** From a place on the canvas to one on the board. */
  place(at: Point): Point {
    return { x: at.x / this.zoom + this.x, y: at.y / this.zoom + this.y };
  }

  /** From a place on the board to one on the canvas. */
  onCanvas(at: Point): Point {
    return { x: (at.x - this.x) * this.zoom, y: (at.y - this.y) * this.zoom };
  }

  /** Draws the board along, as a hand does: by pixels of the page. */
  drag(dx: number, dy: number): void {
    this.x -= dx / this.zoom;
    this.y -= dy / this.zoom;
  }

  /** What lies at this place on the canvas stays there. */
  zoomAt(factor: number, at: Point): void {
    const before = this.place(at);
    this.zoom = Math.min(ZOOM_MOST, Math.max(ZOOM_LEAST, this.zoom * factor));
    const after = this.place(at);
    this.x += before.x - after.x;
    this.y += before.y - after.y;
  }

  /** Two fingers: what lay between them lies between them. */
  pinch(was: readonly [Point, Point], is: readonly [Point, Point]): void {
    const middle = ([a, b]: readonly [Point, Point]): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    const apart = ([a, b]: readonly [Point, Point]): number => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
    const [from, to] = [middle(was), middle(is)];
    this.drag(to.x - from.x, to.y - from.y);
    this.zoomAt(apart(is) / apart(was), to);
  }

  fit(box: Box, width: number, height: number): void {
    this.zoom = Math.min(FIT_MOST, Math.max(ZOOM_LEAST, Math.min(width / (box.w + 2 * FIT_MARGIN), height / (box.h + 2 * FIT_MARGIN))));
    this.x = box.x + box.w / 2 - width / this.zoom / 2;
    this.y = box.y + box.h / 2 - height / this.zoom / 2;
  }

  /** The ground's dots lie on the board, and stay as dense whatever the zoom. */
  dots(): { backgroundPosition: string; backgroundSize: string } {
    const apart = DOTS * 2 ** (((Math.log2(this.zoom) % 1) + 1) % 1);
    const { x, y } = this.onCanvas({ x: 0, y: 0 });
    return { backgroundPosition: `${x}px ${y}px`, backgroundSize: `${apart}px ${apart}px` };
  }
}
