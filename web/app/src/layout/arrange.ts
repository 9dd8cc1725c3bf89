/**
 * Where every tile of the meeting goes. The tiles are one flat list of absolutely placed boxes, so that going to the
 * stage, to the strip or to another page is a movement of the same element and never a new one. Pure.
 */
import { largestTile, place, uprightGrid, type Rect } from './grid';

export const GAP = 8;
export const PAGE_UPRIGHT = 8;
export const PAGE_WIDE = 25;
/** Room for the pager below the tiles. */
export const PAGER = 56;
/** Tiles of the strip: as large as lets everybody in, within these bounds. */
const STRIP_WIDE = { min: 128, max: 220 } as const;
const STRIP_LOW = { min: 76, max: 116 } as const;

const within = (v: number, { min, max }: { min: number; max: number }): number => Math.min(max, Math.max(min, v));

export interface Request {
  readonly width: number;
  readonly height: number;
  /** Keys of the tiles in the big place (0 to 2); none means the plain grid. */
  readonly stage: readonly string[];
  /** Keys of all other tiles, in order. */
  readonly rest: readonly string[];
  /** Which page of the grid. Out of range is brought into range. */
  readonly page: number;
}

export interface Arrangement {
  readonly rects: ReadonlyMap<string, Rect>;
  readonly page: number;
  readonly pages: number;
  /** The place that says how many more there are, when the strip is too short. */
  readonly more: { readonly rect: Rect; readonly count: number } | null;
}

export const isUpright = (width: number, height: number): boolean => width < 600 && height > width;

export function arrange(r: Request): Arrangement {
  return r.stage.length === 0 ? gridOf(r) : stageOf(r);
}

function gridOf(r: Request): Arrangement {
  const upright = isUpright(r.width, r.height);
  const size = upright ? PAGE_UPRIGHT : PAGE_WIDE;
  const pages = Math.max(1, Math.ceil(r.rest.length / size));
  const page = Math.min(Math.max(0, r.page), pages - 1);
  const keys = r.rest.slice(page * size, (page + 1) * size);
  // Tiles keep their size on a last page that is not full.
  const n = pages > 1 ? size : keys.length;
  const height = Math.max(0, r.height - (pages > 1 ? PAGER : 0));
  const grid = (upright ? uprightGrid : largestTile)(n, r.width, height, GAP);
  const places = place(keys.length, grid, { x: 0, y: 0, w: r.width, h: height }, GAP);
  return { rects: new Map(keys.map((k, i) => [k, places[i] as Rect])), page, pages, more: null };
}

function stageOf(r: Request): Arrangement {
  const below = r.width < 700 && r.height > r.width * 0.8;
  const strip = r.rest.length === 0 ? 0 : below ? lowStrip(r) : wideStrip(r);
  const stage: Rect = below
    ? { x: 0, y: 0, w: r.width, h: Math.max(0, r.height - (strip ? strip + GAP : 0)) }
    : { x: 0, y: 0, w: Math.max(0, r.width - (strip ? strip + GAP : 0)), h: r.height };
  const rects = new Map<string, Rect>();
  const big = halves(stage, r.stage.length);
  r.stage.forEach((key, i) => rects.set(key, big[i] as Rect));
  if (strip === 0) return { rects, page: 0, pages: 1, more: null };
  const cells = below ? rowOf(r, stage.h + GAP, strip) : columnOf(r, stage.w + GAP, strip);
  const fits = r.rest.length <= cells.length;
  const shown = fits ? r.rest : r.rest.slice(0, Math.max(0, cells.length - 1));
  shown.forEach((key, i) => rects.set(key, cells[i] as Rect));
  const last = cells.at(-1);
  return { rects, page: 0, pages: 1, more: fits || !last ? null : { rect: last, count: r.rest.length - shown.length } };
}

/** One box, or two beside or above each other, whichever leaves the larger 16:9 picture. */
function halves(area: Rect, n: number): Rect[] {
  if (n <= 1) return [area];
  const w = (area.w - GAP) / 2;
  const h = (area.h - GAP) / 2;
  const beside = Math.min(w, (area.h * 16) / 9);
  const above = Math.min(area.w, (h * 16) / 9);
  return beside >= above
    ? [{ ...area, w }, { ...area, x: area.x + w + GAP, w }]
    : [{ ...area, h }, { ...area, y: area.y + h + GAP, h }];
}

/** Width of a strip at the side: everybody fits if that leaves 16:9 tiles worth looking at. */
function wideStrip(r: Request): number {
  const each = (r.height - (r.rest.length - 1) * GAP) / r.rest.length;
  return Math.min(within((each * 16) / 9, { ...STRIP_WIDE, max: Math.min(STRIP_WIDE.max, Math.max(STRIP_WIDE.min, r.width * 0.2)) }), r.width * 0.4);
}

/** Height of a strip below, for the same reason. */
function lowStrip(r: Request): number {
  const each = (r.width - (r.rest.length - 1) * GAP) / r.rest.length;
  return Math.min(within((each * 3) / 4, STRIP_LOW), r.height * 0.3);
}

/** As many 4:3 cells as fit in a row of height `h` at `y`, centred. */
function rowOf(r: Request, y: number, h: number): Rect[] {
  const w = Math.min((h * 4) / 3, r.width);
  const n = Math.min(r.rest.length, Math.max(1, Math.floor((r.width + GAP) / (w + GAP))));
  const x = (r.width - n * w - (n - 1) * GAP) / 2;
  return Array.from({ length: n }, (_, i) => ({ x: x + i * (w + GAP), y, w, h }));
}

/** As many 16:9 cells as fit in a column of width `w` at `x`, centred. */
function columnOf(r: Request, x: number, w: number): Rect[] {
  const h = Math.min((w * 9) / 16, r.height);
  const n = Math.min(r.rest.length, Math.max(1, Math.floor((r.height + GAP) / (h + GAP))));
  const y = (r.height - n * h - (n - 1) * GAP) / 2;
  return Array.from({ length: n }, (_, i) => ({ x, y: y + i * (h + GAP), w, h }));
}
