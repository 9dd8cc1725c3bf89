/** Shapes on a canvas, and the same shapes as SVG. */
import { FONT, LINE, NOTE_PADDING, boxOf, penPath, wrap, type Shape } from './shapes';

export interface Palette {
  /** By a shape's colour, ready for a canvas. */
  readonly ink: readonly string[];
  readonly note: readonly string[];
  readonly noteInk: string;
  readonly font: string;
}

const paths = new WeakMap<Shape, Path2D>();

function pen(s: Shape): Path2D {
  let path = paths.get(s);
  if (!path) paths.set(s, (path = new Path2D(penPath(s))));
  return path;
}

/** The two short lines of an arrow's head: four points. */
function arrowHead(s: Shape): [number, number, number, number] {
  const angle = Math.atan2(s.h, s.w);
  const size = Math.min(10 + s.width * 5, Math.hypot(s.w, s.h) / 2);
  const at = (turn: number): [number, number] => [s.x + s.w - size * Math.cos(angle + turn), s.y + s.h - size * Math.sin(angle + turn)];
  return [...at(0.45), ...at(-0.45)];
}

export function paint(ctx: CanvasRenderingContext2D, s: Shape, p: Palette): void {
  const color = p.ink[s.color] ?? p.ink[0] ?? '#000';
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = s.width * 2;
  ctx.lineJoin = ctx.lineCap = 'round';
  const b = boxOf(s);
  if (s.kind === 'pen') {
    ctx.save();
    ctx.translate(s.x, s.y);
    ctx.fill(pen(s));
    ctx.restore();
    return;
  }
  ctx.beginPath();
  if (s.kind === 'rect') ctx.roundRect(b.x, b.y, b.w, b.h, Math.min(6, b.w / 2, b.h / 2));
  if (s.kind === 'oval') ctx.ellipse(b.x + b.w / 2, b.y + b.h / 2, b.w / 2, b.h / 2, 0, 0, 2 * Math.PI);
  if (s.kind === 'arrow') {
    const [ax, ay, bx, by] = arrowHead(s);
    ctx.moveTo(s.x, s.y);
    ctx.lineTo(s.x + s.w, s.y + s.h);
    ctx.moveTo(ax, ay);
    ctx.lineTo(s.x + s.w, s.y + s.h);
    ctx.lineTo(bx, by);
  }
  if (s.kind !== 'text' && s.kind !== 'note') return ctx.stroke();
  ctx.font = `${FONT}px ${p.font}`;
  ctx.textBaseline = 'top';
  if (s.kind === 'note') {
    ctx.fillStyle = p.note[s.color] ?? p.note[0] ?? '#fe8';
    ctx.roundRect(b.x, b.y, b.w, b.h, 4);
    ctx.fill();
    ctx.fillStyle = p.noteInk;
    lines(ctx, s).forEach((line, i) => ctx.fillText(line, b.x + NOTE_PADDING, b.y + NOTE_PADDING + i * LINE, b.w - NOTE_PADDING));
    return;
  }
  lines(ctx, s).forEach((line, i) => ctx.fillText(line, s.x, s.y + i * LINE));
}

/** How wide a line of text is. */
export function widthOf(ctx: CanvasRenderingContext2D, font: string): (t: string) => number {
  ctx.font = `${FONT}px ${font}`;
  return (t) => ctx.measureText(t).width;
}

const lines = (ctx: CanvasRenderingContext2D, s: Shape): string[] =>
  s.kind === 'note' ? wrap(s.text ?? '', s.w - 2 * NOTE_PADDING, (t) => ctx.measureText(t).width) : (s.text ?? '').split('\n');

/** How large a text is. */
export function measure(ctx: CanvasRenderingContext2D, text: string, font: string): { w: number; h: number } {
  ctx.font = `${FONT}px ${font}`;
  const all = text.split('\n');
  return { w: Math.ceil(Math.max(FONT, ...all.map((l) => ctx.measureText(l).width))), h: all.length * LINE };
}

const escaped = (t: string): string => t.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');

function element(s: Shape, p: Palette, ctx: CanvasRenderingContext2D): string {
  const color = p.ink[s.color] ?? p.ink[0] ?? '#000';
  const b = boxOf(s);
  const line = `fill="none" stroke="${color}" stroke-width="${s.width * 2}" stroke-linejoin="round" stroke-linecap="round"`;
  const words = (x: number, y: number, fill: string, list: readonly string[]): string => `<text x="${x}" y="${y + FONT}" fill="${fill}">${list.map((l, i) => `<tspan x="${x}" dy="${i === 0 ? 0 : LINE}">${escaped(l)}</tspan>`).join('')}</text>`;
  ctx.font = `${FONT}px ${p.font}`;
  switch (s.kind) {
    case 'pen': return `<path transform="translate(${s.x} ${s.y})" fill="${color}" d="${penPath(s)}"/>`;
    case 'rect': return `<rect x="${b.x}" y="${b.y}" width="${b.w}" height="${b.h}" rx="6" ${line}/>`;
    case 'oval': return `<ellipse cx="${b.x + b.w / 2}" cy="${b.y + b.h / 2}" rx="${b.w / 2}" ry="${b.h / 2}" ${line}/>`;
    case 'arrow': {
      const [ax, ay, bx, by] = arrowHead(s);
      return `<path ${line} d="M${s.x} ${s.y}L${s.x + s.w} ${s.y + s.h}M${ax} ${ay}L${s.x + s.w} ${s.y + s.h}L${bx} ${by}"/>`;
    }
    case 'text': return words(s.x, s.y, color, lines(ctx, s));
    case 'note': return `<rect x="${b.x}" y="${b.y}" width="${b.w}" height="${b.h}" rx="4" fill="${p.note[s.color] ?? p.note[0]}"/>${words(b.x + NOTE_PADDING, b.y + NOTE_PADDING, p.noteInk, lines(ctx, s))}`;
  }
}

export function toSVG(list: readonly Shape[], box: { x: number; y: number; w: number; h: number }, p: Palette, ctx: CanvasRenderingContext2D): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box.x} ${box.y} ${box.w} ${box.h}" width="${box.w}" height="${box.h}" font-family="sans-serif" font-size="${FONT}"><rect x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" fill="#ffffff"/>${list.map((s) => element(s, p, ctx)).join('')}</svg>`;
}
