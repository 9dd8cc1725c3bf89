/** The whiteboard: a pad of kind `board`. A lazy chunk of its own. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { adopt } from '../lib/adopt';
import { Banners, PadHead } from '../pad/head';
import { PadIcon, type PadIconName } from '../pad/icons';
import { PadDialogs } from '../pad/menu';
import type { Pad } from '../pad/model';
import { save } from '../pad/save';
import { PadView } from '../pad/state';
import { tp } from '../pad/text';
import { shownTheme } from '../store/app';
import css from './board.lazy.css';
import { pressed } from './keys';
import { measure, paint, toSVG, widthOf, type Palette } from './paint';
import { COLORS, NOTE, TEXT_MOST, around, newId, noteHeight, shapes, top, type Shape } from './shapes';
import { Stage, type Tool } from './stage';
import type { Point } from './camera';

const TOOLS: readonly (readonly [Tool, PadIconName])[] = [
  ['select', 'select'], ['hand', 'hand'], ['pen', 'pen'], ['rect', 'rect'], ['oval', 'oval'], ['arrow', 'arrow'], ['text', 'text'], ['note', 'note'], ['eraser', 'eraser'],
];
const WIDTHS = ['thin', 'middle', 'thick'] as const;
const MARGIN = 24;
const FONT_FAMILY = 'system-ui, sans-serif';

interface Writing {
  readonly shape: Shape | null;
  readonly kind: 'text' | 'note';
  readonly x: number;
  readonly y: number;
}

/** Colours as the page's style has them now: a canvas knows no custom properties. */
function readPalette(box: HTMLElement): Palette {
  const probe = document.createElement('span');
  box.append(probe);
  const read = (name: string): string => {
    probe.className = name;
    return getComputedStyle(probe).color;
  };
  const all = Array.from({ length: COLORS }, (_, i) => i);
  const palette = { ink: all.map((i) => read(`board-ink board-${i}`)), note: all.map((i) => read(`board-paper board-${i}`)), noteInk: read('board-note-ink'), font: FONT_FAMILY };
  probe.remove();
  return palette;
}

export function Board({ pad, compact = false, close, deleted, before }: { pad: Pad; compact?: boolean; close?: () => void; deleted: () => void; before?: ComponentChildren }) {
  useMemo(() => adopt(css), []);
  const view = useMemo(() => new PadView(), [pad]);
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const stage = useRef<Stage | null>(null);
  const [look, redraw] = useState(0);
  const [writing, setWriting] = useState<Writing | null>(null);
  const palette = useRef<Palette | null>(null);
  useEffect(() => {
    if (!canvas.current || !box.current) return undefined;
    const host = box.current;
    const made = new Stage({ pad, canvas: canvas.current, palette: () => (palette.current ??= readPalette(host)), write: setWriting, changed: () => redraw((n) => n + 1) });
    stage.current = made;
    redraw((n) => n + 1);
    return () => {
      stage.current = null;
      made.destroy();
    };
  }, [pad]);
  useEffect(() => {
    palette.current = null;
    stage.current?.draw();
  }, [shownTheme.value]);
  useEffect(() => {
    if (pad.synced.value) stage.current?.fit();
  }, [pad.synced.value]);
  const s = stage.current;
  const choose = (change: Partial<Pick<Stage, 'tool' | 'color' | 'width'>>): void => {
    if (!s) return;
    Object.assign(s, change);
    const shape = s.chosen();
    if (change.tool && change.tool !== 'select') s.select('');
    else if (shape) s.put({ ...shape, color: change.color ?? shape.color, width: change.width ?? shape.width });
    redraw((n) => n + 1);
  };
  const keys = (e: KeyboardEvent): void => {
    if (e.target !== canvas.current || !s || !pressed(s, e, pad.writable.value)) return;
    e.preventDefault();
    e.stopPropagation();
  };
  const ready = pad.synced.value || pad.kept.value;
  return (
    <section class={`pad board ${compact ? 'compact' : ''}`} data-test="pad" data-kind="board" data-saved={pad.saved.value} data-right={pad.right.value} data-line={pad.online.value ? 'up' : 'down'} data-ready={ready} aria-label={pad.info.value?.title || tp('board.label')}>
      <PadHead pad={pad} view={view} compact={compact} board {...(close ? { close } : {})} exportAs={(format) => exportBoard(pad, format)}>{before}</PadHead>
      <Banners pad={pad} view={view} />
      {pad.writable.value && <BoardTools stage={s} choose={choose} />}
      <div class="pad-body board-body" ref={box} style={s?.camera.dots() ?? {}} onKeyDown={keys} onKeyUp={(e) => e.key === ' ' && s?.space(false)}>
        <canvas ref={canvas} class={`board-canvas tool-${s?.spaced ? 'hand' : s?.tool ?? 'pen'}`} data-test="board-canvas" tabIndex={0} role="img" aria-label={tp('board.label')} aria-describedby="board-keys board-words" />
        <p id="board-keys" class="sr">{tp('board.keys')}</p>
        <BoardWords pad={pad} ready={ready} />
        {s && <Others pad={pad} stage={s} look={look} />}
        {s && <Corner stage={s} writable={pad.writable.value} look={look} />}
        {writing && s && <Field writing={writing} stage={s} look={look} close={() => setWriting(null)} />}
      </div>
      <PadDialogs pad={pad} view={view} deleted={deleted} />
    </section>
  );
}

/** A part that depends on what is seen of the board: `look` rises with each change of it. */
interface Looking {
  readonly stage: Stage;
  readonly look: number;
}

interface Tooled {
  readonly test: string;
  readonly word: string;
  readonly click: () => void;
  readonly children: ComponentChildren;
  readonly pressed?: boolean;
  readonly off?: boolean;
}

function ToolButton({ test, word, click, children, pressed: on, off = false }: Tooled) {
  return <button type="button" class="pad-tool" data-test={test} aria-label={word} title={word} {...(on === undefined ? {} : { 'aria-pressed': on })} disabled={off} onClick={click}>{children}</button>;
}

function BoardTools({ stage, choose }: { stage: Stage | null; choose: (change: Partial<Pick<Stage, 'tool' | 'color' | 'width'>>) => void }) {
  const { color, width } = stage?.chosen() ?? stage ?? { color: 0, width: 1 };
  return (
    <div class="pad-tools" role="toolbar" aria-label={tp('board.tools')}>
      <div class="pad-group">{TOOLS.map(([tool, icon]) => <ToolButton key={tool} test={`board-${tool}`} word={tp(`board.${tool}`)} pressed={stage?.tool === tool} click={() => choose({ tool })}><PadIcon name={icon} /></ToolButton>)}</div>
      <div class="pad-group">{Array.from({ length: COLORS }, (_, i) => (
        <button key={i} type="button" class={`pad-tool board-ink board-${i}`} data-test="board-color" data-color={i} aria-label={tp(`board.color.${i}`)} title={tp(`board.color.${i}`)} aria-pressed={color === i} onClick={() => choose({ color: i })}><span class="board-swatch" /></button>
      ))}</div>
      <div class="pad-group">{WIDTHS.map((w, i) => <ToolButton key={w} test="board-width" word={`${tp('board.width')}: ${tp(`board.${w}`)}`} pressed={width === i + 1} click={() => choose({ width: i + 1 })}><span class={`board-stroke w${i + 1}`} /></ToolButton>)}</div>
    </div>
  );
}

/** At the board's lower edge, where a thumb is: what is for readers as well, and what one does again and again. */
function Corner({ stage, writable }: Looking & { writable: boolean }) {
  const { camera, undo } = stage;
  const near = `${Math.round(camera.zoom * 100)}%`;
  return (
    <div class="board-corner">
      {writable && <div role="group" aria-label={tp('board.steps')}>
        <ToolButton test="board-undo" word={tp('tool.undo')} off={undo.undoStack.length === 0} click={() => stage.undo.undo()}><PadIcon name="undo" /></ToolButton>
        <ToolButton test="board-redo" word={tp('tool.redo')} off={undo.redoStack.length === 0} click={() => stage.undo.redo()}><PadIcon name="redo" /></ToolButton>
        {stage.selected && <ToolButton test="board-remove" word={tp('board.remove')} click={() => stage.remove([stage.selected])}><PadIcon name="bin" /></ToolButton>}
      </div>}
      <div class="board-zoom" role="group" aria-label={tp('board.zoom')}>
        <ToolButton test="board-out" word={tp('board.out')} click={() => stage.zoomBy(1 / 1.25)}>−</ToolButton>
        <button type="button" class="pad-tool num" data-test="board-fit" aria-label={`${tp('board.fit')}, ${near}`} title={tp('board.fit')} onClick={() => stage.fit()}>{near}</button>
        <ToolButton test="board-in" word={tp('board.in')} click={() => stage.zoomBy(1.25)}>+</ToolButton>
      </div>
    </div>
  );
}

/** The words on the board, for those who do not see it; and what to do with an empty one. */
function BoardWords({ pad, ready }: { pad: Pad; ready: boolean }) {
  void pad.tick.value;
  const list = shapes(pad.board);
  return (
    <>
      <ul id="board-words" class="sr" data-test="board-words">{list.filter((x) => x.text).map((x) => <li key={x.id}>{x.text}</li>)}</ul>
      {ready && list.length === 0 && pad.writable.value && <p class="pad-wait board-empty">{tp('board.empty')}</p>}
    </>
  );
}

const moveTo = (p: Point): string => `translate(${p.x}px, ${p.y}px)`;

/** Where the others point. */
function Others({ pad, stage }: Looking & { pad: Pad }) {
  const [, draw] = useState(0);
  useEffect(() => {
    const changed = (): void => draw((n) => n + 1);
    pad.awareness.on('change', changed);
    return () => pad.awareness.off('change', changed);
  }, [pad]);
  return <>{pad.people.value.filter((p) => !p.me).map((p) => {
    const at = pad.awareness.getStates().get(p.client)?.point as { x?: unknown; y?: unknown } | null | undefined;
    if (typeof at?.x !== 'number' || typeof at.y !== 'number') return null;
    return <span key={p.client} class={`board-pointer person ${p.color}`} data-test="board-pointer" data-name={p.name} aria-hidden="true" style={{ transform: moveTo(stage.camera.onCanvas({ x: at.x, y: at.y })) }}>{p.name}</span>;
  })}</>;
}

/** Where one writes on the board. Going away from it keeps what was written. */
function Field({ writing, stage, close }: Looking & { writing: Writing; close: () => void }) {
  const { shape, kind, x, y } = writing;
  const field = useRef<HTMLTextAreaElement>(null);
  const ctx = useMemo(() => document.createElement('canvas').getContext('2d'), []);
  const [text, setText] = useState(shape?.text ?? '');
  const width = shape?.w ?? NOTE;
  const size = !ctx ? { w: NOTE, h: NOTE } : kind === 'note' ? { w: width, h: noteHeight(text, width, shape?.h ?? NOTE, widthOf(ctx, FONT_FAMILY)) } : measure(ctx, text, FONT_FAMILY);
  // At once, within the tap: else no keyboard comes up on a phone.
  useLayoutEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(text.length, text.length);
  }, []);
  const keep = (): void => {
    if (text.trim() || kind === 'note') {
      if (!shape || shape.text !== text) stage.put({ ...(shape ?? { id: newId(), kind, x, y, color: stage.color, width: stage.width, z: top(stage.list()) }), ...size, text });
    } else if (shape) stage.remove([shape.id]);
    close();
    if (!shape) stage.tool = 'select';
  };
  const keys = (e: KeyboardEvent): void => {
    if (e.key !== 'Escape' && !(e.key === 'Enter' && (e.ctrlKey || e.metaKey))) return;
    e.stopPropagation();
    field.current?.blur();
  };
  return (
    <textarea ref={field} class={`board-field ${kind} board-paper board-${shape?.color ?? stage.color}`} data-test="board-field" aria-label={tp('board.write')} maxLength={TEXT_MOST} value={text} onInput={(e) => setText(e.currentTarget.value)} onBlur={keep} onKeyDown={keys}
      style={{ transform: `${moveTo(stage.camera.onCanvas({ x, y }))} scale(${stage.camera.zoom})`, width: `${kind === 'note' ? size.w : size.w + 24}px`, height: `${size.h}px` }} />
  );
}

/** The whole board as a picture, on white, in the light colours. */
async function exportBoard(pad: Pad, format: 'png' | 'svg'): Promise<void> {
  const list = shapes(pad.board);
  const inner = around(list) ?? { x: 0, y: 0, w: 400, h: 300 };
  const box = { x: inner.x - MARGIN, y: inner.y - MARGIN, w: inner.w + 2 * MARGIN, h: inner.h + 2 * MARGIN };
  const host = document.createElement('div');
  host.className = 'board-light';
  document.body.append(host);
  const palette = readPalette(host);
  host.remove();
  const canvas = document.createElement('canvas');
  const ctx = canvas.getContext('2d');
  if (!ctx) return;
  const name = `${pad.info.value?.title || tp('board.label')}.${format}`;
  if (format === 'svg') return save(new Blob([toSVG(list, box, palette, ctx)], { type: 'image/svg+xml' }), name);
  // Browsers refuse pictures beyond some size.
  const scale = Math.min(2, 8000 / Math.max(box.w, box.h));
  [canvas.width, canvas.height] = [Math.ceil(box.w * scale), Math.ceil(box.h * scale)];
  ctx.fillStyle = '#ffffff';
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.setTransform(scale, 0, 0, scale, -box.x * scale, -box.y * scale);
  for (const s of list) paint(ctx, s, palette);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (blob) save(blob, name);
}

