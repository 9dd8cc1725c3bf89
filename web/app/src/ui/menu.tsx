/** What "More" opens: reactions, and everything that is needed less often. */
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { REACTIONS } from '../media';
import { devices } from '../store/app';
import type { Session } from '../store/session';
import { Icon, type IconName } from './icons';
import { OwnLine, QualityPicker } from './quality';

export function toggleFullscreen(): void {
  const change = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.();
  void change?.catch(() => undefined);
}

/** The most important moving picture of somebody else, for the small window. */
export function pipVideo(): HTMLVideoElement | null {
  return document.querySelector<HTMLVideoElement>('.tile[data-stage="true"][data-self="false"] video') ?? document.querySelector<HTMLVideoElement>('.tile[data-self="false"] video');
}

export function togglePip(): void {
  const change = document.pictureInPictureElement ? document.exitPictureInPicture() : pipVideo()?.requestPictureInPicture?.();
  void change?.catch(() => undefined);
}

export function Menu({ session, share }: { session: Session; share: () => void }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => ref.current?.querySelector('button')?.focus({ preventScroll: true }), []);
  const arrows = (e: KeyboardEvent): void => {
    if (e.target instanceof HTMLInputElement) return; // arrows choose there
    const step = e.key === 'ArrowDown' || e.key === 'ArrowRight' ? 1 : e.key === 'ArrowUp' || e.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    e.preventDefault();
    const all = [...(ref.current?.querySelectorAll<HTMLButtonElement>('button') ?? [])].filter((b) => b.offsetParent !== null);
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  const item = (test: string, icon: IconName, text: string, click: () => void, more: { key?: string; pressed?: boolean; narrow?: boolean } = {}) => (
    <button type="button" class={`item ${more.narrow ? 'narrow' : ''}`} data-test={test} {...(more.pressed === undefined ? {} : { 'aria-pressed': more.pressed })}
      onClick={() => { session.menu.value = false; click(); }}>
      <Icon name={icon} size={22} /><span>{text}</span>{more.key && <kbd aria-hidden="true">{more.key}</kbd>}
    </button>
  );
  const speaker = session.view.value === 'speaker';
  const self = session.selfView.value;
  const sharing = session.sharing.value !== null;
  return (
    <div class="menu" ref={ref} data-test="menu" role="group" aria-label={t('menu.label')} onKeyDown={arrows}>
      <div class="faces" role="group" aria-label={t('menu.reactions')}>
        {REACTIONS.map((emoji) => (
          <button key={emoji} type="button" data-test="react" data-emoji={emoji} aria-label={t('menu.react', { emoji })} onClick={() => { session.react(emoji); session.menu.value = false; }}>{emoji}</button>
        ))}
      </div>
      {devices.canShare && item('share', 'share', t(sharing ? 'bar.stopShare' : 'bar.shareScreen'), share, { narrow: true, pressed: sharing })}
      {item('hand', 'hand', t(session.hand.value ? 'bar.lowerHand' : 'bar.raiseHand'), () => session.toggleHand(), { narrow: true, pressed: session.hand.value })}
      {item('people', 'people', t('menu.people'), () => session.open('people'), { key: 'P' })}
      {item('polls', 'help', t('polls.title'), () => session.open('polls'))}
      {item('files', 'files', t('files.title'), () => session.open('files'))}
      {item('invite', 'invite', t('menu.invite'), () => session.open('invite'))}
      {item('view', speaker ? 'grid' : 'speaker', t(speaker ? 'menu.gridView' : 'menu.speakerView'), () => session.setView(speaker ? 'grid' : 'speaker'), { key: 'W' })}
      {item('self-view', 'self', t(self ? 'menu.hideSelf' : 'menu.showSelf'), () => session.setSelfView(!self), { key: 'T' })}
      {document.fullscreenEnabled && item('fullscreen', 'full', t(document.fullscreenElement ? 'menu.exitFullscreen' : 'menu.fullscreen'), toggleFullscreen, { key: 'S' })}
      {document.pictureInPictureEnabled && pipVideo() && item('pip', 'pip', t('menu.pip'), togglePip)}
      <QualityPicker session={session} brief />
      {!self && <OwnLine session={session} />}
      {item('settings', 'settings', t('menu.settings'), () => (session.dialog.value = 'settings'))}
      {item('help', 'help', t('menu.help'), () => (session.dialog.value = 'help'), { key: '?' })}
    </div>
  );
}
