/** The whiteboard: a pad of kind `board`. A lazy chunk of its own. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
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
import { measure, paint, toSVG, type Palette } from './paint';
import { COLORS, NOTE, TEXT_MOST, around, newId, shapes, top, type Shape } from './shapes';
import { Stage, type Tool } from './stage';

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
  const [, redraw] = useState(0);
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
    if (s) Object.assign(s, change);
    redraw((n) => n + 1);
  };
  const keys = (e: KeyboardEvent): void => {
    if (e.target !== canvas.current || !s) return;
    if ((e.key === 'Delete' || e.key === 'Backspace') && s.selected && pad.writable.value) s.remove([s.selected]);
    else if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'z') (e.shiftKey ? s.undo.redo() : s.undo.undo());
    else if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'y') s.undo.redo();
    else return;
    e.preventDefault();
  };
  const ready = pad.synced.value || pad.kept.value;
  return (
    <section class={`pad board ${compact ? 'compact' : ''}`} data-test="pad" data-kind="board" data-saved={pad.saved.value} data-right={pad.right.value} data-line={pad.online.value ? 'up' : 'down'} data-ready={ready} aria-label={pad.info.value?.title || tp('board.label')}>
      <PadHead pad={pad} view={view} compact={compact} board {...(close ? { close } : {})} exportAs={(format) => exportBoard(pad, format)}>{before}</PadHead>
      <Banners pad={pad} view={view} />
      {pad.writable.value && <BoardTools stage={s} choose={choose} />}
      <div class="pad-body board-body" ref={box} onKeyDown={keys}>
        <canvas ref={canvas} class={`board-canvas tool-${s?.tool ?? 'pen'}`} data-test="board-canvas" tabIndex={0} role="img" aria-label={tp('board.label')} aria-describedby="board-words" />
        <BoardWords pad={pad} ready={ready} />
        {s && <Others pad={pad} stage={s} />}
        {writing && s && <Field writing={writing} stage={s} close={() => setWriting(null)} />}
      </div>
      <PadDialogs pad={pad} view={view} deleted={deleted} />
    </section>
  );
}

function BoardTools({ stage, choose }: { stage: Stage | null; choose: (change: Partial<Pick<Stage, 'tool' | 'color' | 'width'>>) => void }) {
  const button = (test: string, icon: PadIconName, word: string, click: () => void, pressed?: boolean) => (
    <button type="button" class="pad-tool" data-test={test} aria-label={word} title={word} {...(pressed === undefined ? {} : { 'aria-pressed': pressed })} onClick={click}><PadIcon name={icon} /></button>
  );
  return (
    <div class="pad-tools" role="toolbar" aria-label={tp('board.tools')}>
      <div class="pad-group">{TOOLS.map(([tool, icon]) => button(`board-${tool}`, icon, tp(`board.${tool}`), () => choose({ tool }), stage?.tool === tool))}</div>
      <div class="pad-group">{Array.from({ length: COLORS }, (_, i) => (
        <button key={i} type="button" class={`pad-tool board-ink board-${i}`} data-test="board-color" data-color={i} aria-label={tp('board.color', { n: i + 1 })} title={tp('board.color', { n: i + 1 })} aria-pressed={stage?.color === i} onClick={() => choose({ color: i })}><span class="board-swatch" /></button>
      ))}</div>
      <div class="pad-group">{WIDTHS.map((w, i) => (
        <button key={w} type="button" class="pad-tool" data-test="board-width" aria-label={`${tp('board.width')}: ${tp(`board.${w}`)}`} title={tp(`board.${w}`)} aria-pressed={stage?.width === i + 1} onClick={() => choose({ width: i + 1 })}><span class={`board-stroke w${i + 1}`} /></button>
      ))}</div>
      <div class="pad-group">{button('board-undo', 'undo', tp('tool.undo'), () => stage?.undo.undo())}{button('board-redo', 'redo', tp('tool.redo'), () => stage?.undo.redo())}</div>
      <div class="pad-group board-zoom">
        <button type="button" class="pad-tool" data-test="board-out" aria-label={tp('board.out')} title={tp('board.out')} onClick={() => stage?.zoomBy(1 / 1.25)}>−</button>
        <button type="button" class="pad-tool num" data-test="board-fit" aria-label={`${tp('board.fit')}, ${Math.round((stage?.zoom ?? 1) * 100)}%`} title={tp('board.fit')} onClick={() => stage?.fit()}>{Math.round((stage?.zoom ?? 1) * 100)}%</button>
        <button type="button" class="pad-tool" data-test="board-in" aria-label={tp('board.in')} title={tp('board.in')} onClick={() => stage?.zoomBy(1.25)}>+</button>
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

/** Where the others point. */
function Others({ pad, stage }: { pad: Pad; stage: Stage }) {
  const [, draw] = useState(0);
  useEffect(() => {
    const changed = (): void => draw((n) => n + 1);
    pad.awareness.on('change', changed);
    return () => pad.awareness.off('change', changed);
  }, [pad]);
  return <>{pad.people.value.filter((p) => !p.me).map((p) => {
    const at = pad.awareness.getStates().get(p.client)?.point as { x?: unknown; y?: unknown } | null | undefined;
    if (typeof at?.x !== 'number' || typeof at.y !== 'number') return null;
    return <span key={p.client} class={`board-pointer person ${p.color}`} data-test="board-pointer" data-name={p.name} aria-hidden="true" style={{ transform: `translate(${(at.x - stage.x) * stage.zoom}px, ${(at.y - stage.y) * stage.zoom}px)` }}>{p.name}</span>;
  })}</>;
}

/** Where one writes on the board. Going away from it keeps what was written. */
function Field({ writing, stage, close }: { writing: Writing; stage: Stage; close: () => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(writing.shape?.text ?? '');
  useEffect(() => field.current?.focus(), []);
  const keep = (): void => {
    const ctx = document.createElement('canvas').getContext('2d');
    const { shape, kind, x, y } = writing;
    if (ctx && (text.trim() || kind === 'note')) {
      const size = kind === 'note' ? { w: NOTE, h: NOTE } : measure(ctx, text, FONT_FAMILY);
      if (!shape || shape.text !== text) stage.put({ ...(shape ?? { id: newId(), kind, x, y, color: stage.color, width: stage.width, z: top(stage.list()) }), ...size, text });
    } else if (shape) stage.remove([shape.id]);
    close();
    if (!shape) stage.tool = 'select';
  };
  return (
    <textarea ref={field} class={`board-field ${writing.kind}`} data-test="board-field" aria-label={tp('board.write')} maxLength={TEXT_MOST} value={text} onInput={(e) => setText(e.currentTarget.value)} onBlur={keep}
      onKeyDown={(e) => { if (e.key === 'Escape') { e.stopPropagation(); e.currentTarget.blur(); } }}
      style={{ transform: `translate(${(writing.x - stage.x) * stage.zoom}px, ${(writing.y - stage.y) * stage.zoom}px) scale(${stage.zoom})` }} />
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

