/** What needs saying now, most important first, never more than two at a time. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';
import { lazy } from './lazy';
import { devices, deviceTick } from '../store/app';
import type { Session } from '../store/session';
import { browserKind, problemText } from './device-parts';

const AT_ONCE = 2;
const RoomBanners = lazy(async () => (await import('../room/above')).RoomBanners, { quiet: true });
/** The room has something to say. */
const speaks = ({ desk }: Session): boolean => {
  const d = desk.value;
  return d.asked !== '' || d.lobby.length > 0 || d.announcement !== null || d.breakout > 0 || d.timerEnds > 0;
};

function Banner({ name, look = '', children, seconds }: { name: string; look?: string; children: ComponentChildren; seconds?: number }) {
  return <div class={`banner ${look}`} role="status" data-test="banner" data-banner={name} {...(seconds === undefined ? {} : { 'data-seconds': seconds })}>{children}</div>;
}

export function Banners({ session }: { session: Session }) {
  void deviceTick.value;
  const phase = session.phase.value;
  const failure = devices.failure;
  const list: ComponentChildren[] = [];
  const waiting = phase === 'reconnecting' || (phase === 'connecting' && session.retryAt.value > 0);
  if (phase === 'connecting' && !waiting) list.push(<Banner key="c" name="connecting" look="good">{t('banner.connecting')}</Banner>);
  if (waiting) list.push(<Reconnecting key="r" session={session} />);
  if (session.soundBlocked.value) {
    list.push(<Banner key="s" name="sound">{t('banner.sound')}<button type="button" class="btn go small" data-test="unlock-sound" onClick={() => session.unlock()}>{t('banner.soundOn')}</button></Banner>);
  }
  if (phase === 'joined' && session.mediaBlocked.value) list.push(<Banner key="b" name="media" look="bad">{t('banner.mediaBlocked')}</Banner>);
  else if (phase === 'joined' && ['disconnected', 'failed'].includes(session.media.value)) list.push(<Banner key="m" name="media">{t('banner.media')}</Banner>);
  if (session.meeting.value.line?.weak && !session.quality.voicesOnly && !session.quality.hidden.value) list.push(<Weak key="w" session={session} />);
  if (session.notice.value) list.push(<Banner key="n" name="notice">{session.notice.value}</Banner>);
  if (failure) {
    list.push(
      <Banner key="d" name="device" look="bad">
        <span>{problemText(failure, browserKind()).join(' ')}</span>
        {failure.problem !== 'insecure' && <button type="button" class="btn small" data-test="retry-devices" onClick={() => void devices.start({ mic: failure.device !== 'camera' || devices.micOn, camera: failure.device !== 'mic' || devices.cameraOn })}>{t('dev.retry')}</button>}
        <button type="button" class="btn small" onClick={() => devices.clearFailure()}>{t('app.close')}</button>
      </Banner>,
    );
  }
  if (session.mutedSpeaking.value && !devices.micOn) {
    list.push(<Banner key="t" name="muted-speaking">{t('banner.mutedSpeaking')}<button type="button" class="btn small" onClick={() => void session.toggle('mic', true)}>{t('dev.turnMicOn')}</button></Banner>);
  }
  return <div class="banners">{speaks(session) && <RoomBanners session={session} />}{list.slice(0, AT_ONCE)}</div>;
}

/** Goes by itself when the line recovers. */
function Weak({ session }: { session: Session }) {
  return (
    <Banner name="weak">
      <span>{t('banner.weak')}</span>
      <button type="button" class="btn small" data-test="weak-voice" onClick={() => session.setQuality('voice')}>{t('quality.voice')}</button>
      <button type="button" class="btn small" data-test="weak-hide" onClick={() => (session.quality.hidden.value = true)}>{t('banner.hide')}</button>
    </Banner>
  );
}

/** Counts down to the next attempt. */
function Reconnecting({ session }: { session: Session }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((session.retryAt.value - now) / 1000));
  if (session.shutdown.value) return <Banner name="shutdown" seconds={seconds}>{t('banner.shutdown')}</Banner>;
  return (
    <Banner name="reconnecting" seconds={seconds}>
      <span class="num">{seconds > 0 ? t('banner.reconnecting', { seconds }) : t('banner.reconnectingNow')}</span>
      <button type="button" class="btn small" data-test="retry-now" onClick={() => session.client.retryNow()}>{t('banner.retry')}</button>
    </Banner>
  );
}
