/** The picture: measures itself, asks where every tile goes, and puts it there. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { plural, t } from '../i18n';
import { arrange, type Arrangement } from '../layout/arrange';
import type { Rect } from '../layout/grid';
import { NO_STAGE, nextStage, type Stage } from '../layout/stage';
import { DemandWatcher, Rank, type Member, type VideoKind } from '../media';
import { bySeat } from '../store/meeting';
import type { Session } from '../store/session';
import { Icon } from './icons';
import { InviteLink, QRCode } from './invite';
import { Tile, tileKey } from './tile';

interface Item {
  readonly key: string;
  readonly member: Member;
  readonly kind: VideoKind;
}

const INVITE = 'invite';

/** Every tile there is: others by seat, oneself last, then screens. */
function items(session: Session): Item[] {
  const m = session.meeting.value;
  const people = bySeat(m);
  const hideSelf = !session.selfView.value && people.length > 1;
  return [
    ...people.filter((p) => !hideSelf || p.id !== m.me).map((member) => ({ key: tileKey('camera', member.id), member, kind: 'camera' as const })),
    ...m.screens.flatMap((id) => {
      const member = m.members.get(id);
      return member ? [{ key: tileKey('screen', id), member, kind: 'screen' as const }] : [];
    }),
  ];
}

function useStage(session: Session, all: readonly Item[]): Stage {
  const m = session.meeting.value;
  const kept = useRef<Stage>(NO_STAGE);
  const [, again] = useState(0);
  const { stage, recheck } = nextStage(kept.current, {
    view: session.view.value,
    pinned: session.pinned.value,
    screens: all.filter((i) => i.kind === 'screen' && i.member.id !== m.me).map((i) => i.key),
    speaker: m.speaker && m.speaker !== m.me ? tileKey('camera', m.speaker) : '',
    people: all.filter((i) => i.kind === 'camera').map((i) => i.key),
  }, performance.now());
  kept.current = stage;
  useEffect(() => {
    if (recheck === 0) return undefined;
    const timer = setTimeout(() => again((n) => n + 1), Math.max(0, recheck - performance.now()) + 10);
    return () => clearTimeout(timer);
  }, [recheck]);
  return stage;
}

function useSize(): { ref: { current: HTMLDivElement | null }; width: number; height: number; resizing: boolean } {
  const ref = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [resizing, setResizing] = useState(false);
  useEffect(() => {
    const box = ref.current;
    if (!box) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new ResizeObserver(() => setSize({ width: box.clientWidth, height: box.clientHeight }));
    // While the window is dragged tiles follow at once instead of gliding behind.
    const dragging = (): void => {
      setResizing(true);
      clearTimeout(timer);
      timer = setTimeout(() => setResizing(false), 200);
    };
    observer.observe(box);
    addEventListener('resize', dragging);
    return () => {
      observer.disconnect();
      removeEventListener('resize', dragging);
      clearTimeout(timer);
    };
  }, []);
  return { ref, ...size, resizing };
}

function useWatcher(session: Session): DemandWatcher | null {
  const [watcher, setWatcher] = useState<DemandWatcher | null>(null);
  useEffect(() => {
    const made = new DemandWatcher((videos) => session.client.demand(videos));
    setWatcher(made);
    return () => made.close();
  }, [session]);
  return watcher;
}

export function Area({ session }: { session: Session }) {
  const { ref, width, height, resizing } = useSize();
  const watcher = useWatcher(session);
  const all = items(session);
  const stage = useStage(session, all);
  const m = session.meeting.value;
  const alone = m.me !== '' && m.members.size === 1;
  const keys = alone ? [...all.map((i) => i.key), INVITE] : all.map((i) => i.key);
  const layout = arrange({ width, height, stage: alone ? [] : stage.keys, rest: keys.filter((k) => alone || !stage.keys.includes(k)), page: session.page.value });
  const rank = (item: Item): Rank =>
    stage.keys.includes(item.key) ? Rank.Stage : m.speaker === item.member.id ? Rank.Speaker : stage.keys.length > 0 ? Rank.Strip : Rank.Tile;
  const invite = layout.rects.get(INVITE);
  return (
    <div ref={ref} class={`area ${resizing ? 'resizing' : ''}`}>
      {width > 0 && all.map((item) => {
        const rect = layout.rects.get(item.key);
        return rect && <Tile key={item.key} session={session} watcher={watcher} member={item.member} kind={item.kind} rect={rect} rank={rank(item)} />;
      })}
      {invite && <Alone session={session} rect={invite} />}
      <Overflow session={session} layout={layout} />
      <Pager session={session} layout={layout} />
    </div>
  );
}

function placed(rect: Rect): Record<string, string> {
  return { transform: `translate(${rect.x}px, ${rect.y}px)`, width: `${rect.w}px`, height: `${rect.h}px` };
}

function Alone({ session, rect }: { session: Session; rect: Rect }) {
  const code = rect.h > 300;
  return (
    <section class="alone" data-test="invite-empty" style={placed(rect)}>
      <h2>{t('invite.alone')}</h2>
      <p>{t(code ? 'invite.aloneLead' : 'invite.aloneShort')}</p>
      {code && <QRCode session={session} />}
      <InviteLink session={session} />
    </section>
  );
}

function Overflow({ session, layout }: { session: Session; layout: Arrangement }) {
  if (!layout.more) return null;
  return (
    <button type="button" class="overflow" style={{ ...placed(layout.more.rect), left: 0, top: 0 }} data-test="people" onClick={() => session.open('people')}>
      {plural('tile.more', layout.more.count)}
    </button>
  );
}

function Pager({ session, layout }: { session: Session; layout: Arrangement }) {
  if (layout.pages < 2) return null;
  const { page, pages } = layout;
  const to = (p: number): void => {
    session.page.value = Math.min(pages - 1, Math.max(0, p));
  };
  return (
    <nav class="pager" aria-label={t('tile.page', { page: page + 1, pages })}>
      <button type="button" class="icon-btn" data-test="pager-prev" aria-label={t('tile.prev')} disabled={page === 0} onClick={() => to(page - 1)}><Icon name="prev" /></button>
      <span class="num">{page + 1} / {pages}</span>
      <button type="button" class="icon-btn" data-test="pager-next" aria-label={t('tile.next')} disabled={page === pages - 1} onClick={() => to(page + 1)}><Icon name="next" /></button>
    </nav>
  );
}
