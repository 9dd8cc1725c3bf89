/** One tile: a person's camera or a shared screen, with the signs that say what is going on without hovering. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import type { Rect } from '../layout/grid';
import { personClass } from '../lib/person';
import { Rank, type DemandWatcher, type Member, type VideoKind } from '../media';
import { devices, deviceTick } from '../store/app';
import { pausedWhy } from '../store/meeting';
import type { Session } from '../store/session';
import { Icon } from './icons';
import { LineBars } from './line';
import { pausedWords } from './line-words';
import { Avatar } from './parts';

export interface TileProps {
  readonly session: Session;
  readonly watcher: DemandWatcher | null;
  readonly member: Member;
  readonly kind: VideoKind;
  readonly rect: Rect;
  readonly rank: Rank;
}

export const tileKey = (kind: VideoKind, id: string): string => `${kind}:${id}`;

export function Tile({ session, watcher, member, kind, rect, rank }: TileProps) {
  const box = useRef<HTMLElement>(null);
  const key = tileKey(kind, member.id);
  const self = member.id === session.meeting.value.me;
  const on = kind === 'screen' ? member.screen : self ? devices.cameraOn : member.cam;
  const talking = kind === 'camera' && member.mic && session.meeting.value.talking.has(member.id);
  const pinned = session.pinned.value === key;
  void deviceTick.value;
  // Lengths go through the style object model, which the content security policy permits.
  useLayoutEffect(() => {
    const style = box.current?.style;
    if (!style) return;
    style.transform = `translate(${rect.x}px, ${rect.y}px)`;
    style.width = `${rect.w}px`;
    style.height = `${rect.h}px`;
  }, [rect.x, rect.y, rect.w, rect.h]);
  useEffect(() => {
    if (!watcher || self || !on || !box.current) return undefined;
    return watcher.watch(box.current, member.id, kind, rank);
  }, [watcher, self, on, member.id, kind, rank]);
  const label = kind === 'screen' ? (self ? t('tile.yourScreen') : t('tile.screen', { name: member.name })) : self ? t('tile.you', { name: member.name }) : member.name;
  const why = on && !self ? pausedWhy(session.meeting.value, member.id, kind) : '';
  const live = on && why === '' && (self ? kind === 'camera' : session.slots.value >= 0 && session.client.video(member.id, kind) !== null);
  return (
    <article ref={box} class={`tile person ${personClass(member.seat)}`} aria-label={label} data-test="tile" data-member={member.id} data-kind={kind} data-self={self}
      data-speaking={talking} data-mic={member.mic ? 'on' : 'off'} data-camera={on ? 'on' : 'off'} data-video={live ? 'live' : 'none'} data-paused={why} data-away={member.away} data-pinned={pinned} data-stage={rank === Rank.Stage}>
      <Content session={session} member={member} kind={kind} self={self} live={live} />
      {why && !member.away && <p class="paused">{pausedWords(why, session.quality.chosen.value)}</p>}
      {member.away && !self && <div class="away"><span>{t('tile.away')}</span></div>}
      <Signs session={session} member={member} kind={kind} label={label} self={self} talking={talking} />
      <button type="button" class="pin" data-test="tile-pin" aria-pressed={pinned} aria-label={pinned ? t('tile.unpin', { name: label }) : t('tile.pin', { name: label })} onClick={() => session.pin(key)}><Icon name="pin" size={20} /></button>
      {kind === 'camera' && session.reactions.value.filter((r) => r.id === member.id).map((r) => (
        <span key={r.key} class="reaction" data-test="reaction" data-member={r.id} data-emoji={r.emoji} role="img" aria-label={r.emoji}>{r.emoji}</span>
      ))}
    </article>
  );
}

function Content({ session, member, kind, self, live }: { session: Session; member: Member; kind: VideoKind; self: boolean; live: boolean }) {
  if (self && kind === 'screen') {
    return <div class="sharing"><Icon name="share" size={32} /><span>{t('tile.sharingNow')}</span><button type="button" class="btn small" onClick={() => session.stopShare()}>{t('bar.stopShare')}</button></div>;
  }
  return (
    <>
      {!live && <Avatar name={member.name} seat={member.seat} />}
      {live && (self ? <OwnPicture mirror={session.mirror.value} /> : <Picture session={session} id={member.id} kind={kind} />)}
    </>
  );
}

/** Holds the element of the slot that shows this source; the element belongs to the media client and outlives the tile. */
function Picture({ session, id, kind }: { session: Session; id: string; kind: VideoKind }) {
  const box = useRef<HTMLDivElement>(null);
  const video = session.slots.value >= 0 ? session.client.video(id, kind) : null;
  useLayoutEffect(() => {
    const parent = box.current;
    if (!parent || !video) return undefined;
    const turned = (): void => {
      video.dataset.upright = String(video.videoHeight > video.videoWidth);
    };
    turned();
    video.addEventListener('resize', turned);
    if (video.parentElement !== parent) {
      parent.replaceChildren(video);
      void video.play().catch(() => undefined);
    }
    return () => video.removeEventListener('resize', turned);
  }, [video]);
  return <div class="picture" ref={box} />;
}

function OwnPicture({ mirror }: { mirror: boolean }) {
  void deviceTick.value;
  const ref = useRef<HTMLVideoElement>(null);
  const track = devices.camera;
  useEffect(() => {
    if (ref.current) ref.current.srcObject = track ? new MediaStream([track]) : null;
  }, [track]);
  return <video ref={ref} class={mirror ? 'mirror' : ''} autoplay muted playsInline />;
}

function Signs({ session, member, kind, label, self, talking }: { session: Session; member: Member; kind: VideoKind; label: string; self: boolean; talking: boolean }) {
  // Components are drawn again for the signals they read themselves: every reader of `devices` reads the tick.
  void deviceTick.value;
  const muted = kind === 'camera' && !(self ? devices.micOn : member.mic);
  return (
    <>
      {kind === 'camera' && member.hand > 0 && (
        <div class="corner"><span class="up"><Icon name="hand" size={20} /><span class="sr">{t('tile.hand')}</span><span class="num">{member.hand}</span></span></div>
      )}
      <div class="tag">
        {kind === 'screen' ? <Icon name="share" size={18} /> : !muted && <span class="dot" />}
        {muted && <span class="muted"><Icon name="micOff" size={18} /><b>{t('tile.muted')}</b></span>}
        <span class="name" data-test="tile-name">{label}</span>
        {kind === 'camera' && <LineBars session={session} member={member} />}
        {talking && <span class="sr">{t('tile.speaking')}</span>}
      </div>
    </>
  );
}
