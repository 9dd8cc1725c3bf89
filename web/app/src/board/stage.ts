/**
 * The board's canvas: what is seen of it, and what pointers do. One pointer draws: a mouse, a finger or a pen. Two
 * fingers, the wheel, the hand, the middle button and a held space bar move the board.
 *
 * A palm draws nothing: while a pen is down, fingers are not heard; and once a pen was seen, single fingers move the
 * board, whatever the tool.
 */
import * as Y from 'yjs';
import type { Pad } from '../pad/model';
import { Camera, type Point } from './camera';
import { EraseGesture, GripGesture, PenGesture, ShapeGesture, TapGesture, pan, type Gesture, type Hands } from './gestures';
import { paint, type Palette } from './paint';
import { LINE, NOTE, around, corner, hits, isShape, shapes, type Shape, type ShapeKind } from './shapes';

export type Tool = 'select' | 'hand' | 'eraser' | ShapeKind;

/** What others see of a stroke under way, and of a pointer, is sent at most this often, in ms. */
const SHOW_EVERY = 70;
/** So near, in pixels of the page, is a hit; fingers are less exact. */
const NEAR = 8;
const NEAR_TOUCH = 16;
/** A wheel's step zooms by no more than this, however far it claims to have been turned. */
const WHEEL_MOST = 25;

export interface StageOptions {
  readonly pad: Pad;
  readonly canvas: HTMLCanvasElement;
  readonly palette: () => Palette;
  /** Somebody wants to write: in this shape, or in a new one of this kind here. */
  readonly write: (at: { shape: Shape | null; kind: 'text' | 'note'; x: number; y: number }) => void;
  readonly changed: () => void;
}

export class Stage implements Hands {
  tool: Tool = 'pen';
  color = 0;
  width = 1;
  near = NEAR;
  selected = '';
  /** The space bar is held: the pointer is a hand. */
  spaced = false;
  readonly camera = new Camera();
  readonly undo: Y.UndoManager;
  private readonly pointers = new Map<number, Point>();
  private gesture: Gesture | null = null;
  /** The pen that is down, or 0. */
  private pen = 0;
  private penSeen = false;
  private drawn = 0;
  private told = 0;
  private cached: readonly Shape[] | null = null;
  private readonly offs: (() => void)[] = [];

  constructor(private readonly o: StageOptions) {
    const { canvas, pad } = o;
    this.undo = new Y.UndoManager(pad.board, { trackedOrigins: new Set([this]), captureTimeout: 0 });
    const on = <K extends keyof HTMLElementEventMap>(type: K, run: (e: HTMLElementEventMap[K]) => void): void => {
      canvas.addEventListener(type, run, { passive: false });
      this.offs.push(() => canvas.removeEventListener(type, run));
    };
    on('pointerdown', (e) => this.down(e));
    on('pointermove', (e) => this.move(e));
    on('pointerup', (e) => this.up(e));
    on('pointercancel', (e) => this.cancel(e));
    on('pointerleave', () => this.share('point', null));
    on('dblclick', (e) => this.twice(e));
    on('wheel', (e) => this.wheel(e));
    on('blur', () => this.space(false));
    const draw = (): void => this.draw();
    const changed = (): void => {
      this.cached = null;
      if (this.selected && !pad.board.has(this.selected)) this.selected = '';
      o.changed();
      draw();
    };
    pad.board.observe(changed);
    pad.awareness.on('change', draw);
    for (const event of ['stack-item-added', 'stack-item-popped'] as const) this.undo.on(event, o.changed);
    const size = new ResizeObserver(draw);
    size.observe(canvas);
    this.offs.push(() => pad.board.unobserve(changed), () => pad.awareness.off('change', draw), () => size.disconnect());
  }

  destroy(): void {
    cancelAnimationFrame(this.drawn);
    for (const off of this.offs) off();
    this.undo.destroy();
    this.share('point', null);
    this.share('stroke', null);
  }

  list(): readonly Shape[] {
    return (this.cached ??= shapes(this.o.pad.board));
  }

  chosen(): Shape | undefined {
    return this.selected ? this.list().find((s) => s.id === this.selected) : undefined;
  }

  put(...all: Shape[]): void {
    this.o.pad.doc.transact(() => all.forEach((s) => this.o.pad.board.set(s.id, s)), this);
  }

  remove(ids: readonly string[]): void {
    this.o.pad.doc.transact(() => ids.forEach((id) => this.o.pad.board.delete(id)), this);
  }

  select(id: string): void {
    this.selected = id;
    this.seen();
  }

  space(held: boolean): void {
    if (this.spaced === held) return;
    this.spaced = held;
    this.o.changed();
  }

  drag(by: Point): void {
    this.camera.drag(by.x, by.y);
    this.seen();
  }

  zoomBy(factor: number): void {
    this.camera.zoomAt(factor, { x: this.o.canvas.clientWidth / 2, y: this.o.canvas.clientHeight / 2 });
    this.seen();
  }

  fit(): void {
    const box = around(this.list());
    const { clientWidth: w, clientHeight: h } = this.o.canvas;
    if (!box || w === 0) return;
    this.camera.fit(box, w, h);
    this.seen();
  }

  /** Gives up what is under way. */
  drop(): void {
    if (this.gesture instanceof PenGesture) this.tell(null);
    this.gesture = null;
    this.draw();
  }

  /** Writes where one looks: in what is selected, or in a new one. */
  writeHere(): void {
    const s = this.chosen();
    if (s) return this.write(s.kind, { x: s.x, y: s.y }, s);
    this.write(this.tool, this.camera.place({ x: this.o.canvas.clientWidth / 2, y: this.o.canvas.clientHeight / 2 }));
  }

  tell(stroke: Shape | null): void {
    if (stroke && Date.now() - this.told < SHOW_EVERY) return;
    this.told = Date.now();
    this.share('stroke', stroke);
  }

  draw(): void {
    this.drawn ||= requestAnimationFrame(() => {
      this.drawn = 0;
      this.paintAll();
    });
  }

  private seen(): void {
    this.o.changed();
    this.draw();
  }

  private share(field: 'point' | 'stroke', value: unknown): void {
    const { awareness } = this.o.pad;
    if (awareness.getLocalState()) awareness.setLocalStateField(field, value);
  }

  private get writable(): boolean {
    return this.o.pad.writable.peek();
  }

  private onCanvas(e: { clientX: number; clientY: number }): Point {
    const r = this.o.canvas.getBoundingClientRect();
    return { x: e.clientX - r.left, y: e.clientY - r.top };
  }

  private at(p: Point): Shape | undefined {
    return [...this.list()].reverse().find((s) => hits(s, p.x, p.y, this.near));
  }

  private down(e: PointerEvent): void {
    e.preventDefault(); // no mouse event after a touch, which would take the focus from a field that opens
    if (e.button > 1) return;
    if (e.pointerType === 'touch' && (this.pen || this.pointers.size >= 2)) return; // a palm, a third finger
    this.o.canvas.focus({ preventScroll: true });
    if (e.pointerType === 'pen') {
      this.penSeen = true;
      this.pen = e.pointerId;
      this.pointers.clear(); // the palm came first
      this.drop();
    }
    const at = this.onCanvas(e);
    this.pointers.set(e.pointerId, at);
    this.o.canvas.setPointerCapture(e.pointerId);
    this.near = (e.pointerType === 'touch' ? NEAR_TOUCH : NEAR) / this.camera.zoom;
    if (this.pointers.size > 1) return this.drop(); // a second finger: move, do not draw
    this.gesture = this.begin(e, this.camera.place(at));
    this.draw();
  }

  private begin(e: PointerEvent, at: Point): Gesture {
    const { tool } = this;
    const finger = e.pointerType === 'touch' && this.penSeen && tool !== 'select';
    if (tool === 'hand' || this.spaced || e.button === 1 || finger || (!this.writable && tool !== 'select')) return pan(this);
    if (tool === 'select') return this.take(at);
    if (tool === 'pen') return new PenGesture(this, at, e, (p) => this.camera.place(this.onCanvas(p)));
    if (tool === 'eraser') return new EraseGesture(this, at);
    if (tool === 'text' || tool === 'note') {
      return new TapGesture(this, () => {
        const hit = this.at(at);
        const same = hit?.kind === tool ? hit : undefined;
        if (e.pointerType !== 'mouse') this.bringUp(same ?? at);
        this.write(tool, at, same);
      });
    }
    return new ShapeGesture(this, tool, at);
  }

  /** What is written on a phone must not lie under its keyboard. */
  private bringUp(at: Point): void {
    const high = this.o.canvas.clientHeight / 3;
    const { y } = this.camera.onCanvas(at);
    if (y > high) this.drag({ x: 0, y: high - y });
  }

  private take(at: Point): Gesture {
    const was = this.chosen();
    const c = was && corner(was);
    if (was && c && this.writable && Math.hypot(at.x - c.x, at.y - c.y) <= 2 * this.near) return new GripGesture(this, was.id, true, at);
    const hit = this.at(at);
    this.select(hit?.id ?? '');
    return hit && this.writable ? new GripGesture(this, hit.id, false, at) : pan(this);
  }

  private write(kind: Tool, at: Point, shape: Shape | null = null): void {
    if (!this.writable || (kind !== 'text' && kind !== 'note')) return;
    const half = kind === 'note' ? NOTE / 2 : 0;
    this.o.write({ shape, kind, x: shape?.x ?? at.x - half, y: shape?.y ?? at.y - (half || LINE / 2) });
  }

  private move(e: PointerEvent): void {
    const at = this.onCanvas(e);
    const was = this.pointers.get(e.pointerId);
    if (!was || !(this.gesture instanceof PenGesture)) this.tellWhere(this.camera.place(at));
    if (!was) return;
    this.pointers.set(e.pointerId, at);
    const other = [...this.pointers].find(([id]) => id !== e.pointerId)?.[1];
    if (other) {
      this.camera.pinch([was, other], [at, other]);
      return this.seen();
    }
    this.gesture?.move(this.camera.place(at), { x: at.x - was.x, y: at.y - was.y }, e);
    this.draw();
  }

  private up(e: PointerEvent): void {
    if (!this.pointers.delete(e.pointerId)) return;
    if (this.pen === e.pointerId) this.pen = 0;
    const { gesture } = this;
    this.gesture = null;
    // Of two fingers the one that stays moves the board.
    if (this.pointers.size > 0) this.gesture = pan(this);
    else gesture?.end();
    if (gesture instanceof PenGesture) this.tell(null);
    this.draw();
  }

  private cancel(e: PointerEvent): void {
    if (!this.pointers.delete(e.pointerId)) return;
    if (this.pen === e.pointerId) this.pen = 0;
    this.drop();
  }

  private twice(e: MouseEvent): void {
    const at = this.camera.place(this.onCanvas(e));
    const hit = this.at(at);
    if (hit?.kind === 'text' || hit?.kind === 'note') this.write(hit.kind, at, hit);
    else if (!hit && this.tool === 'select') this.write('text', at);
  }

  private wheel(e: WheelEvent): void {
    e.preventDefault();
    if (e.ctrlKey || e.metaKey) {
      this.camera.zoomAt(Math.exp(-Math.max(-WHEEL_MOST, Math.min(WHEEL_MOST, e.deltaY)) / 100), this.onCanvas(e));
      return this.seen();
    }
    // With Shift a plain wheel goes sideways; some browsers turn it by themselves.
    const turn = e.shiftKey && e.deltaX === 0;
    this.drag(turn ? { x: -e.deltaY, y: 0 } : { x: -e.deltaX, y: -e.deltaY });
  }

  private tellWhere(at: Point): void {
    if (Date.now() - this.told < SHOW_EVERY) return;
    this.told = Date.now();
    this.share('point', { x: Math.round(at.x), y: Math.round(at.y) });
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
    const k = this.camera.zoom * scale;
    ctx.setTransform(k, 0, 0, k, -this.camera.x * k, -this.camera.y * k);
    const palette = this.o.palette();
    const list = this.list();
    canvas.dataset.shapes = String(list.length);
    canvas.dataset.at = [this.camera.x, this.camera.y, this.camera.zoom].map((n) => n.toFixed(2)).join(' ');
    for (const s of list) {
      const shown = this.gesture?.shown ? this.gesture.shown(s) : s;
      ctx.globalAlpha = shown ? 1 : 0.25;
      paint(ctx, shown ?? s, palette);
      if (s.id === this.selected) this.frame(ctx, shown ?? s, palette);
    }
    ctx.globalAlpha = 1;
    const added = this.gesture?.added?.();
    if (added) paint(ctx, added, palette);
    for (const person of pad.people.peek()) {
      const stroke: unknown = person.me ? null : pad.awareness.getStates().get(person.client)?.stroke;
      if (isShape(stroke)) paint(ctx, stroke, palette);
    }
  }

  private frame(ctx: CanvasRenderingContext2D, s: Shape, palette: Palette): void {
    const b = around([s]);
    if (!b) return;
    const px = 1 / this.camera.zoom;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = palette.ink[0] ?? '#000';
    ctx.lineWidth = 1.5 * px;
    const c = this.writable ? corner(s) : null;
    if (c) {
      ctx.beginPath();
      ctx.arc(c.x, c.y, 7 * px, 0, 2 * Math.PI);
      ctx.fill();
    }
    ctx.setLineDash([6 * px, 4 * px]);
    ctx.strokeRect(b.x - 6 * px, b.y - 6 * px, b.w + 12 * px, b.h + 12 * px);
    ctx.restore();
  }
}
