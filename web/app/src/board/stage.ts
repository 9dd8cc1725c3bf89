/**
 * The board's canvas: what is seen of it, and what a pointer does. Mouse, fingers and pens all draw; two fingers, the
 * wheel and the hand move it. Once a pen has been used, single fingers move the board: a palm draws nothing.
 */
import * as Y from 'yjs';
import type { Pad } from '../pad/model';
import { paint, type Palette } from './paint';
import { NOTE, POINTS_MOST, around, boxOf, hits, isShape, newId, penShape, shapes, top, type Shape, type ShapeKind } from './shapes';

export type Tool = 'select' | 'hand' | 'eraser' | ShapeKind;

const ZOOM_LEAST = 0.1;
const ZOOM_MOST = 6;
/** What others see of a stroke under way is sent at most this often, in ms. */
const SHOW_EVERY = 70;
/** So near, in pixels of the screen, is a hit. */
const NEAR = 8;

export interface StageOptions {
  readonly pad: Pad;
  readonly canvas: HTMLCanvasElement;
  readonly palette: () => Palette;
  /** Somebody wants to write: in this shape, or in a new one of this kind here. */
  readonly write: (at: { shape: Shape | null; kind: 'text' | 'note'; x: number; y: number }) => void;
  readonly changed: () => void;
}

interface Pointer {
  x: number;
  y: number;
}

export class Stage {
  tool: Tool = 'pen';
  color = 0;
  width = 1;
  selected = '';
  x = 0;
  y = 0;
  zoom = 1;
  readonly undo: Y.UndoManager;
  private readonly pointers = new Map<number, Pointer>();
  private points: number[] = [];
  private draft: Shape | null = null;
  private grip: { shape: Shape; dx: number; dy: number } | null = null;
  private penSeen = false;
  private drawn = 0;
  private shown = 0;
  private readonly offs: (() => void)[] = [];

  constructor(private readonly o: StageOptions) {
    this.undo = new Y.UndoManager(o.pad.board, { trackedOrigins: new Set([this]), captureTimeout: 0 });
    const { canvas } = o;
    const on = <K extends keyof HTMLElementEventMap>(type: K, run: (e: HTMLElementEventMap[K]) => void): void => {
      canvas.addEventListener(type, run, { passive: false });
      this.offs.push(() => canvas.removeEventListener(type, run));
    };
    on('pointerdown', (e) => this.down(e));
    on('pointermove', (e) => this.move(e));
    on('pointerup', (e) => this.up(e));
    on('pointercancel', (e) => this.cancel(e));
    on('pointerleave', () => this.o.pad.awareness.getLocalState() && this.o.pad.awareness.setLocalStateField('point', null));
    on('dblclick', (e) => this.twice(e));
    on('wheel', (e) => this.wheel(e));
    const draw = (): void => this.draw();
    o.pad.board.observe(draw);
    o.pad.awareness.on('change', draw);
    const size = new ResizeObserver(draw);
    size.observe(canvas);
    this.offs.push(() => o.pad.board.unobserve(draw), () => o.pad.awareness.off('change', draw), () => size.disconnect());
  }

  destroy(): void {
    cancelAnimationFrame(this.drawn);
    for (const off of this.offs) off();
    this.undo.destroy();
    if (this.o.pad.awareness.getLocalState()) {
      this.o.pad.awareness.setLocalStateField('point', null);
      this.o.pad.awareness.setLocalStateField('stroke', null);
    }
  }

  list(): Shape[] {
    return shapes(this.o.pad.board);
  }

  put(...all: Shape[]): void {
    this.o.pad.doc.transact(() => all.forEach((s) => this.o.pad.board.set(s.id, s)), this);
  }

  remove(ids: readonly string[]): void {
    this.o.pad.doc.transact(() => ids.forEach((id) => this.o.pad.board.delete(id)), this);
    if (ids.includes(this.selected)) this.select('');
  }

  select(id: string): void {
    this.selected = id;
    this.o.changed();
    this.draw();
  }

  /** From a place in the window to one on the board. */
  place(clientX: number, clientY: number): Pointer {
    const r = this.o.canvas.getBoundingClientRect();
    return { x: (clientX - r.left) / this.zoom + this.x, y: (clientY - r.top) / this.zoom + this.y };
  }

  zoomAt(factor: number, clientX: number, clientY: number): void {
    const before = this.place(clientX, clientY);
    this.zoom = Math.min(ZOOM_MOST, Math.max(ZOOM_LEAST, this.zoom * factor));
    const after = this.place(clientX, clientY);
    this.x += before.x - after.x;
    this.y += before.y - after.y;
    this.o.changed();
    this.draw();
  }

  zoomBy(factor: number): void {
    const r = this.o.canvas.getBoundingClientRect();
    this.zoomAt(factor, r.left + r.width / 2, r.top + r.height / 2);
  }

  fit(): void {
    const box = around(this.list());
    const { clientWidth: w, clientHeight: h } = this.o.canvas;
    if (!box || w === 0) return;
    this.zoom = Math.min(2, Math.max(ZOOM_LEAST, Math.min(w / (box.w + 80), h / (box.h + 80))));
    this.x = box.x + box.w / 2 - w / this.zoom / 2;
    this.y = box.y + box.h / 2 - h / this.zoom / 2;
    this.o.changed();
    this.draw();
  }

  at(x: number, y: number): Shape | undefined {
    return this.list().reverse().find((s) => hits(s, x, y, NEAR / this.zoom));
  }

  private get writable(): boolean {
    return this.o.pad.writable.peek();
  }

  private down(e: PointerEvent): void {
    if (e.button > 1) return;
    this.o.canvas.focus({ preventScroll: true });
    this.o.canvas.setPointerCapture(e.pointerId);
    this.pointers.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (e.pointerType === 'pen') this.penSeen = true;
    if (this.pointers.size > 1) return this.drop(); // a second finger: move, do not draw
    const at = this.place(e.clientX, e.clientY);
    if (this.moves(e)) return;
    if (this.tool === 'eraser') return this.erase(at);
    if (this.tool === 'select') return this.take(at);
    if (this.tool === 'pen') this.points = [at.x, at.y, this.pressure(e)];
    else if (this.tool === 'text' || this.tool === 'note') {
      e.preventDefault(); // the field that opens must keep the focus
      this.pointers.clear();
      const hit = this.at(at.x, at.y);
      const kind = this.tool;
      this.o.write(hit && hit.kind === kind ? { shape: hit, kind, x: hit.x, y: hit.y } : { shape: null, kind, x: kind === 'note' ? at.x - NOTE / 2 : at.x, y: kind === 'note' ? at.y - NOTE / 2 : at.y });
    } else this.draft = { id: newId(), kind: this.tool as ShapeKind, x: at.x, y: at.y, w: 0, h: 0, color: this.color, width: this.width, z: top(this.list()) };
    this.draw();
  }

  private moves(e: PointerEvent): boolean {
    return this.tool === 'hand' || e.button === 1 || (!this.writable && this.tool !== 'select') || (this.penSeen && e.pointerType === 'touch' && this.tool === 'pen');
  }

  private pressure(e: PointerEvent): number {
    return e.pointerType === 'pen' ? Math.max(0.05, e.pressure) : 0.5;
  }

  private move(e: PointerEvent): void {
    const at = this.place(e.clientX, e.clientY);
    this.tellWhere(at);
    const was = this.pointers.get(e.pointerId);
    if (!was) return;
    if (this.pointers.size > 1) return this.pinch(e, was);
    this.pointers.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (this.points.length > 0) this.extend(e);
    else if (this.draft) this.draft = { ...this.draft, w: at.x - this.draft.x, h: at.y - this.draft.y };
    else if (this.grip) this.grip = { ...this.grip, dx: this.grip.dx + (e.clientX - was.x) / this.zoom, dy: this.grip.dy + (e.clientY - was.y) / this.zoom };
    else if (this.tool === 'eraser' && this.writable) return this.erase(at);
    else if (this.tool !== 'select') {
      this.x -= (e.clientX - was.x) / this.zoom;
      this.y -= (e.clientY - was.y) / this.zoom;
      this.o.changed();
    }
    this.draw();
  }

  private extend(e: PointerEvent): void {
    const all = e.getCoalescedEvents?.() ?? [];
    for (const c of all.length > 0 ? all : [e]) {
      const p = this.place(c.clientX, c.clientY);
      this.points.push(p.x, p.y, this.pressure(c));
    }
    if (this.points.length >= 3 * POINTS_MOST) {
      const last = this.points.slice(-3);
      this.commit();
      this.points = last;
    }
    if (Date.now() - this.shown < SHOW_EVERY) return;
    this.shown = Date.now();
    this.o.pad.awareness.setLocalStateField('stroke', this.stroke());
  }

  private pinch(e: PointerEvent, was: Pointer): void {
    const other = [...this.pointers].find(([id]) => id !== e.pointerId)?.[1];
    this.pointers.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (!other) return;
    const factor = Math.hypot(e.clientX - other.x, e.clientY - other.y) / Math.max(1, Math.hypot(was.x - other.x, was.y - other.y));
    this.x -= (e.clientX - was.x) / 2 / this.zoom;
    this.y -= (e.clientY - was.y) / 2 / this.zoom;
    this.zoomAt(factor, (e.clientX + other.x) / 2, (e.clientY + other.y) / 2);
  }

  private up(e: PointerEvent): void {
    this.pointers.delete(e.pointerId);
    if (this.points.length > 0) this.commit();
    if (this.draft) {
      const b = boxOf(this.draft);
      if (b.w > 4 || b.h > 4) this.put(this.draft);
      this.draft = null;
    }
    if (this.grip && this.writable && (this.grip.dx !== 0 || this.grip.dy !== 0)) this.put({ ...this.grip.shape, x: this.grip.shape.x + this.grip.dx, y: this.grip.shape.y + this.grip.dy });
    this.grip = null;
    this.draw();
  }

  private cancel(e: PointerEvent): void {
    this.pointers.delete(e.pointerId);
    this.drop();
  }

  private drop(): void {
    this.points = [];
    this.draft = null;
    this.grip = null;
    this.draw();
  }

  private stroke(): Shape {
    return penShape('draft', this.points, this.color, this.width, Number.MAX_SAFE_INTEGER);
  }

  private commit(): void {
    const shape = penShape(newId(), this.points, this.color, this.width, top(this.list()));
    this.points = [];
    this.put(shape);
    if (this.o.pad.awareness.getLocalState()) this.o.pad.awareness.setLocalStateField('stroke', null);
  }

  private erase(at: Pointer): void {
    const hit = this.list().filter((s) => hits(s, at.x, at.y, NEAR / this.zoom)).map((s) => s.id);
    if (hit.length > 0) this.remove(hit);
  }

  private take(at: Pointer): void {
    const hit = this.at(at.x, at.y);
    this.select(hit?.id ?? '');
    this.grip = hit && this.writable ? { shape: hit, dx: 0, dy: 0 } : null;
  }

  private twice(e: MouseEvent): void {
    const at = this.place(e.clientX, e.clientY);
    const hit = this.at(at.x, at.y);
    if (hit && (hit.kind === 'text' || hit.kind === 'note') && this.writable) this.o.write({ shape: hit, kind: hit.kind, x: hit.x, y: hit.y });
  }

  private wheel(e: WheelEvent): void {
    e.preventDefault();
    if (e.ctrlKey || e.metaKey) return this.zoomAt(Math.exp(-e.deltaY / 200), e.clientX, e.clientY);
    this.x += e.deltaX / this.zoom;
    this.y += e.deltaY / this.zoom;
    this.o.changed();
    this.draw();
  }

  private tellWhere(at: Pointer): void {
    if (Date.now() - this.shown < SHOW_EVERY || this.points.length > 0 || !this.o.pad.awareness.getLocalState()) return;
    this.shown = Date.now();
    this.o.pad.awareness.setLocalStateField('point', { x: Math.round(at.x), y: Math.round(at.y) });
  }

  draw(): void {
    if (this.drawn) return;
    this.drawn = requestAnimationFrame(() => {
      this.drawn = 0;
      this.paintAll();
    });
  }

  private paintAll(): void {
    const { canvas, pad } = this.o;
    const ctx = canvas.getContext('2d');
    if (!ctx) return;
    const scale = devicePixelRatio || 1;
    const [w, h] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, w, h);
    const k = this.zoom * scale;
    ctx.setTransform(k, 0, 0, k, -this.x * k, -this.y * k);
    const palette = this.o.palette();
    const list = this.list();
    canvas.dataset.shapes = String(list.length);
    for (const s of list) {
      const shown = this.grip?.shape.id === s.id ? { ...s, x: s.x + this.grip.dx, y: s.y + this.grip.dy } : s;
      paint(ctx, shown, palette);
      if (s.id === this.selected) this.frame(ctx, shown, palette);
    }
    if (this.points.length > 0) paint(ctx, this.stroke(), palette);
    if (this.draft) paint(ctx, this.draft, palette);
    for (const person of pad.people.peek()) {
      if (person.me) continue;
      const state = pad.awareness.getStates().get(person.client);
      if (isShape(state?.stroke)) paint(ctx, state.stroke, palette);
    }
  }

  private frame(ctx: CanvasRenderingContext2D, s: Shape, palette: Palette): void {
    const b = boxOf(s);
    ctx.save();
    ctx.strokeStyle = palette.ink[0] ?? '#000';
    ctx.lineWidth = 1.5 / this.zoom;
    ctx.setLineDash([6 / this.zoom, 4 / this.zoom]);
    ctx.strokeRect(b.x - 6, b.y - 6, b.w + 12, b.h + 12);
    ctx.restore();
  }
}
