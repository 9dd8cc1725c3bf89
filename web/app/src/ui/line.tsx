/** The bars of a connection, and what they mean in words on hover, tap and focus. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import type { Member } from '../media';
import { barsOf } from '../store/meeting';
import type { Session } from '../store/session';
import { useClosing } from './closing';
import { lineWords } from './line-words';

const GAP = 6;
const EDGE = 8;

/** Four bars; those that the line does not have are outlines, and none at all is crossed out. */
export function BarsIcon({ bars }: { bars: number }) {
  return (
    <svg width="23" height="18" viewBox="0 0 23 18" aria-hidden="true">
      {[1, 2, 3, 4].map((i) => <rect key={i} class={i <= bars ? 'full' : 'hollow'} x={i * 5.5 - 4} y={14.500 - i * 3.3} width="3.6" height={i * 3.3 + 2} rx="1" />)}
      {bars === 0 && <path class="cross" d="M3 2.500l16 14" />}
    </svg>
  );
}

/** Nothing while the server has not judged the line yet. */
export function LineBars({ session, member }: { session: Session; member: Member }) {
  const box = useRef<HTMLSpanElement>(null);
  const [open, setOpen] = useState(false);
  const m = session.meeting.value;
  const bars = barsOf(m, member.id);
  useClosing(box, open, () => setOpen(false));
  if (bars < 0) return null;
  const words = lineWords(m, member, session.quality.chosen.value);
  return (
    <span class="line-bars" ref={box} onPointerEnter={(e) => e.pointerType === 'mouse' && setOpen(true)} onPointerLeave={(e) => e.pointerType === 'mouse' && setOpen(false)}>
      <button type="button" class="bars" data-test="bars" data-bars={bars} aria-label={`${t('line.bars', { bars })} ${words.join(' ')}`} onClick={() => setOpen(true)}
        onFocus={(e) => e.currentTarget.matches(':focus-visible') && setOpen(true)} onBlur={() => setOpen(false)}>
        <BarsIcon bars={bars} />
      </button>
      {open && <Explanation words={words} />}
    </span>
  );
}

/** In the browser's top layer, since a tile is too small and cuts off what sticks out. The button says the same to those who listen. */
function Explanation({ words }: { words: readonly string[] }) {
  const ref = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const hint = ref.current;
    const from = hint?.parentElement?.getBoundingClientRect();
    if (!hint || !from || typeof hint.showPopover !== 'function') return;
    hint.showPopover();
    const { width, height } = hint.getBoundingClientRect();
    const above = from.top - height - GAP;
    hint.style.left = `${Math.max(EDGE, Math.min(from.left + from.width / 2 - width / 2, innerWidth - width - EDGE))}px`;
    hint.style.top = `${above >= EDGE ? above : from.bottom + GAP}px`;
  }, [words.join()]);
  return <span ref={ref} popover="manual" class="line-hint" role="tooltip" data-test="line-hint">{words.map((w) => <span key={w}>{w}</span>)}</span>;
}
