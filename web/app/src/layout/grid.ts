/** The grid: which columns give the largest 16:9 tile, and where the tiles then go. Pure; all lengths in CSS pixels. */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly w: number;
  readonly h: number;
}

const WIDE = 16 / 9;
/** Tiles may become this much taller when there is room below: a camera's picture bears being cut at the sides. */
const TALL = 4 / 3;
/** The same on a phone held upright, where people hold their cameras upright, too. */
const UPRIGHT = 3 / 4;

/** Column counts whose 16:9 tiles are nearly as wide count as equal; then the larger final tile wins. */
export const NEARLY = 0.94;

/** Tries each column count and keeps the one with the largest 16:9 tile. */
export function largestTile(n: number, width: number, height: number, gap: number): Grid {
  const tried: Grid[] = [];
  for (let columns = 1; columns <= Math.max(1, n); columns++) {
    const rows = Math.max(1, Math.ceil(n / columns));
    const cellW = (width - gap * (columns - 1)) / columns;
    const cellH = (height - gap * (rows - 1)) / rows;
    const w = Math.max(0, Math.min(cellW, cellH * WIDE));
    tried.push({ columns, rows, w, h: Math.min(Math.max(0, cellH), w / TALL) });
  }
  const widest = Math.max(...tried.map((g) => g.w));
  return tried.filter((g) => g.w >= widest * NEARLY).reduce((a, b) => (b.w * b.h > a.w * a.h ? b : a));
}

/** A phone held upright: one column for two people, two columns for more. */
export function uprightGrid(n: number, width: number, height: number, gap: number): Grid {
  const columns = n <= 2 ? 1 : 2;
  const rows = Math.max(1, Math.ceil(n / columns));
  const w = Math.max(0, (width - gap * (columns - 1)) / columns);
  const cellH = Math.max(0, (height - gap * (rows - 1)) / rows);
  return { columns, rows, w, h: n === 1 ? cellH : Math.min(cellH, w / UPRIGHT) };
}

/** Places `n` tiles of a grid in the middle of the area; a last row that is not full is centred. */
export function place(n: number, grid: Grid, area: Rect, gap: number): Rect[] {
  const out: Rect[] = [];
  const used = Math.ceil(n / grid.columns);
  const top = area.y + (area.h - used * grid.h - (used - 1) * gap) / 2;
  for (let i = 0; i < n; i++) {
    const row = Math.floor(i / grid.columns);
    const inRow = Math.min(grid.columns, n - row * grid.columns);
    const left = area.x + (area.w - inRow * grid.w - (inRow - 1) * gap) / 2;
    out.push({ x: left + (i % grid.columns) * (grid.w + gap), y: top + row * (grid.h + gap), w: grid.w, h: grid.h });
  }
  return out;
}
