/**
 * What is on a whiteboard. `board` is a Y.Map from id to shape; a shape is a plain value, replaced whole when it is moved
 * or rewritten, so that two people who move the same note end with one of the two places, never with half of each.
 * Coordinates are the board's own: they do not know of zoom.
 */
import { getStroke } from 'perfect-freehand';
import type * as Y from 'yjs';

export type ShapeKind = 'pen' | 'rect' | 'oval' | 'arrow' | 'text' | 'note';

export interface Shape {
  readonly id: string;
  readonly kind: ShapeKind;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  /** Of a pen: x, y, pressure, relative to x and y of the shape. */
  readonly points?: readonly number[];
  readonly text?: string;
  /** Index of a colour, 0 is ink. */
  readonly color: number;
  readonly width: number;
  /** Later ones lie above earlier ones. */
  readonly z: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export const COLORS = 8;
export const FONT = 20;
export const LINE = 26;
export const NOTE = 190;
export const NOTE_PADDING = 14;
/** Points of one stroke at most; a longer one goes on as another. */
export const POINTS_MOST = 3_000;
export const TEXT_MOST = 2_000;
/** Smaller than this no shape is drawn, or made. */
export const GRIP_LEAST = 4;
/** So far an arrow key moves a shape. */
export const NUDGE = 8;
/** A note is no narrower. */
const NOTE_LEAST = 80;
const KINDS: readonly string[] = ['pen', 'rect', 'oval', 'arrow', 'text', 'note'];

export const newId = (): string => Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(36).padStart(2, '0')).join('');

/** What others sent may be anything. */
export function isShape(v: unknown): v is Shape {
  const s = v as Partial<Shape> | null;
  if (typeof s !== 'object' || s === null || typeof s.id !== 'string' || !KINDS.includes(String(s.kind))) return false;
  if (![s.x, s.y, s.w, s.h, s.color, s.width, s.z].every((n) => typeof n === 'number' && Number.isFinite(n))) return false;
  if (s.kind === 'pen') return Array.isArray(s.points) && s.points.length >= 3 && s.points.length <= 3 * POINTS_MOST && s.points.every((n) => Number.isFinite(n));
  return s.text === undefined || (typeof s.text === 'string' && s.text.length <= TEXT_MOST);
}

/** All shapes, lowest first. */
export function shapes(board: Y.Map<unknown>): Shape[] {
  const list: Shape[] = [];
  board.forEach((v) => {
    if (isShape(v)) list.push(v);
  });
  return list.sort((a, b) => a.z - b.z || (a.id < b.id ? -1 : 1));
}

export const top = (list: readonly Shape[]): number => (list.at(-1)?.z ?? 0) + 1;

/** The outline of a pen's stroke as an SVG path, relative to the shape. */
export function penPath(s: Shape): string {
  const p = s.points ?? [];
  const input = Array.from({ length: Math.floor(p.length / 3) }, (_, i) => [p[3 * i] ?? 0, p[3 * i + 1] ?? 0, p[3 * i + 2] ?? 0.5]);
  const outline = getStroke(input, { size: s.width * 4, thinning: 0.5, smoothing: 0.5, streamline: 0.4, simulatePressure: input.every((i) => i[2] === 0.5) });
  const first = outline[0];
  if (!first) return '';
  const n = (v: number): string => v.toFixed(1);
  const parts = [`M${n(first[0] ?? 0)} ${n(first[1] ?? 0)}Q`];
  outline.forEach((a, i) => {
    const b = outline[(i + 1) % outline.length] ?? a;
    parts.push(`${n(a[0] ?? 0)} ${n(a[1] ?? 0)} ${n(((a[0] ?? 0) + (b[0] ?? 0)) / 2)} ${n(((a[1] ?? 0) + (b[1] ?? 0)) / 2)}`);
  });
  return `${parts.join(' ')}Z`;
}

/** The corners the right way round: an arrow may point anywhere. */
export function boxOf(s: Shape): Box {
  return { x: Math.min(s.x, s.x + s.w), y: Math.min(s.y, s.y + s.h), w: Math.abs(s.w), h: Math.abs(s.h) };
}

export function around(list: readonly Shape[]): Box | null {
  if (list.length === 0) return null;
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const s of list) {
    const b = boxOf(s);
    [x0, y0, x1, y1] = [Math.min(x0, b.x), Math.min(y0, b.y), Math.max(x1, b.x + b.w), Math.max(y1, b.y + b.h)];
  }
  return { x: x0, y: y0, w: x1 - x0, h: y1 - y0 };
}

/** Where a shape is taken to make it larger: an arrow by its head, a text not at all. */
export function corner(s: Shape): { x: number; y: number } | null {
  if (s.kind === 'text') return null;
  if (s.kind === 'arrow') return { x: s.x + s.w, y: s.y + s.h };
  const b = boxOf(s);
  return { x: b.x + b.w + 6, y: b.y + b.h + 6 };
}

/** The shape after its corner was drawn that far. */
export function resized(s: Shape, dx: number, dy: number): Shape {
  if (s.kind === 'arrow') return { ...s, w: s.w + dx, h: s.h + dy };
  const b = boxOf(s);
  const least = s.kind === 'note' ? NOTE_LEAST : GRIP_LEAST;
  const [w, h] = [Math.max(least, b.w + dx), Math.max(least, b.h + dy)];
  if (s.kind !== 'pen') return { ...s, ...b, w, h };
  // A line that is flat stays flat.
  const [fx, fy] = [b.w < 1 ? 1 : w / b.w, b.h < 1 ? 1 : h / b.h];
  return { ...s, w: b.w * fx, h: b.h * fy, points: (s.points ?? []).map((v, i) => (i % 3 === 0 ? v * fx : i % 3 === 1 ? v * fy : v)) };
}

/** How high a note is so that all of its text is on it. */
export function noteHeight(text: string, width: number, least: number, measure: (t: string) => number): number {
  return Math.max(least, wrap(text, width - 2 * NOTE_PADDING, measure).length * LINE + 2 * NOTE_PADDING);
}

function toSegment(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const t = dx === 0 && dy === 0 ? 0 : Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}

/** Whether the place is on the shape, or within `near` of it. */
export function hits(s: Shape, x: number, y: number, near: number): boolean {
  const b = boxOf(s);
  if (x < b.x - near || y < b.y - near || x > b.x + b.w + near || y > b.y + b.h + near) return false;
  const reach = near + s.width * 2;
  if (s.kind === 'arrow') return toSegment(x, y, s.x, s.y, s.x + s.w, s.y + s.h) <= reach;
  if (s.kind === 'rect') return x < b.x + reach || y < b.y + reach || x > b.x + b.w - reach || y > b.y + b.h - reach;
  if (s.kind === 'oval') {
    const [rx, ry] = [Math.max(1, b.w / 2), Math.max(1, b.h / 2)];
    const r = Math.hypot((x - b.x - rx) / rx, (y - b.y - ry) / ry);
    return Math.abs(r - 1) * Math.min(rx, ry) <= reach;
  }
  if (s.kind === 'pen') {
    const p = s.points ?? [];
    for (let i = 0; i + 2 < p.length; i += 3) {
      const j = i + 5 < p.length ? i + 3 : i;
      if (toSegment(x - s.x, y - s.y, p[i] ?? 0, p[i + 1] ?? 0, p[j] ?? 0, p[j + 1] ?? 0) <= reach) return true;
    }
    return false;
  }
  return true;
}

/** A stroke from absolute points, placed at its corner. */
export function penShape(id: string, points: readonly number[], color: number, width: number, z: number): Shape {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 2 < points.length; i += 3) {
    const [x, y] = [points[i] ?? 0, points[i + 1] ?? 0];
    [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
  }
  const round = (v: number): number => Math.round(v * 10) / 10;
  const own = points.map((v, i) => (i % 3 === 0 ? round(v - x0) : i % 3 === 1 ? round(v - y0) : Math.round(v * 100) / 100));
  return { id, kind: 'pen', x: round(x0), y: round(y0), w: round(x1 - x0), h: round(y1 - y0), points: own, color, width, z };
}

/** Lines of a text that fit into a width, by a measure of text. */
export function wrap(text: string, width: number, measure: (t: string) => number): string[] {
  const out: string[] = [];
  for (const line of text.split('\n')) {
    let now = '';
    for (const word of line.split(/(?<=\s)/)) {
      if (now !== '' && measure(now + word.trimEnd()) > width) {
        out.push(now.trimEnd());
        now = '';
      }
      now += word;
      while (measure(now.trimEnd()) > width && now.length > 1) {
        let n = now.length - 1;
        while (n > 1 && measure(now.slice(0, n)) > width) n--;
        out.push(now.slice(0, n));
        now = now.slice(n);
      }
    }
    out.push(now);
  }
  return out;
}
