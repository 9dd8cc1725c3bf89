/** The bar: at most seven things, and Leave apart. On a phone share and hand are under "More". */
import { useRef } from 'preact/hooks';
import { plural, t } from '../i18n';
import { devices, deviceTick } from '../store/app';
import type { Session } from '../store/session';
import { useClosing } from './closing';
import { Icon, Logo, type IconName } from './icons';
import { Menu } from './menu';

interface ActProps {
  readonly test: string;
  readonly icon: IconName;
  /** What the button is about, whatever its state. */
  readonly noun: string;
  /** The short word below the icon: what is. */
  readonly word: string;
  /** The tooltip: what a click does. */
  readonly does: string;
  readonly pressed?: boolean;
  readonly look?: '' | 'on' | 'off';
  readonly badge?: number;
  readonly wide?: boolean;
  readonly shortcut?: string;
  readonly click: () => void;
}

/** A toggle is named for what it is (aria-pressed says whether it is on); the seen word is part of it, so that it can be spoken. */
const spoken = (noun: string, word: string): string => (word.toLowerCase().includes(noun.toLowerCase()) ? word : `${noun}, ${word}`);

function Act({ test, icon, noun, word, does, pressed, look = '', badge = 0, wide = false, shortcut, click }: ActProps) {
  const name = spoken(noun, word);
  return (
    <button type="button" class={`act ${look} ${wide ? 'wide' : ''}`} data-test={test} aria-label={badge > 0 ? `${name}, ${plural('bar.unread', badge)}` : name} title={shortcut ? `${does} (${shortcut})` : does}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })} onClick={click}>
      <span class="pad"><Icon name={icon} />{badge > 0 && <span class="badge" data-test="chat-badge" aria-hidden="true">{badge > 99 ? '99+' : badge}</span>}</span>
      <span>{word}</span>
    </button>
  );
}

export function Bar({ session, share }: { session: Session; share: () => void }) {
  void deviceTick.value;
  const m = session.meeting.value;
  const { micOn, cameraOn } = devices;
  const sharing = session.sharing.value !== null;
  const hand = session.hand.value;
  const chat = session.panel.value === 'chat';
  return (
    <footer class="bar" aria-label={t('bar.label')}>
      <button type="button" class="here" data-test="people" onClick={() => session.open('people')}>
        <Logo size={34} />
        <span><strong>{m.room.title || session.options.room}</strong><small class="num">{plural('bar.people', Math.max(1, m.members.size))}</small></span>
      </button>
      <div class="actions">
        <Act test="mic" noun={t('bar.mic')} icon={micOn ? 'mic' : 'micOff'} word={t(micOn ? 'bar.mic' : 'bar.muted')} does={t(micOn ? 'dev.turnMicOff' : 'dev.turnMicOn')} pressed={micOn} look={micOn ? '' : 'off'} shortcut="M" click={() => void session.toggle('mic')} />
        <Act test="camera" noun={t('bar.camera')} icon={cameraOn ? 'camera' : 'cameraOff'} word={t(cameraOn ? 'bar.camera' : 'bar.cameraOff')} does={t(cameraOn ? 'dev.turnCameraOff' : 'dev.turnCameraOn')} pressed={cameraOn} look={cameraOn ? '' : 'off'} shortcut="V" click={() => void session.toggle('camera')} />
        {devices.canShare && <Act wide test="share" noun={t('bar.share')} icon="share" word={t(sharing ? 'bar.sharing' : 'bar.share')} does={t(sharing ? 'bar.stopShare' : 'bar.shareScreen')} pressed={sharing} look={sharing ? 'on' : ''} shortcut="D" click={share} />}
        <Act wide test="hand" noun={t('bar.hand')} icon="hand" word={t(hand ? 'bar.handUp' : 'bar.hand')} does={t(hand ? 'bar.lowerHand' : 'bar.raiseHand')} pressed={hand} look={hand ? 'on' : ''} shortcut="R" click={() => session.toggleHand()} />
        <Act test="chat" noun={t('bar.chat')} icon="chat" word={t('bar.chat')} does={t(chat ? 'bar.closeChat' : 'bar.openChat')} pressed={chat} look={chat ? 'on' : ''} badge={m.unread} shortcut="C" click={() => session.open('chat')} />
        <Act test="notes-toggle" noun={t('bar.notes')} icon="notes" word={t('bar.notes')} does={t(session.notes.value ? 'bar.closeNotes' : 'bar.openNotes')} pressed={session.notes.value} look={session.notes.value ? 'on' : ''} shortcut="N" click={() => session.toggleNotes()} />
        <More session={session} share={share} />
      </div>
      <button type="button" class="leave" data-test="leave" onClick={() => session.leave()}><Icon name="leave" size={22} />{t('bar.leave')}</button>
    </footer>
  );
}

function More({ session, share }: { session: Session; share: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const open = session.menu.value;
  useClosing(box, open, () => { session.menu.value = false; }, button);
  return (
    <div class="more" ref={box}>
      <button ref={button} type="button" class={`act ${open ? 'on' : ''}`} data-test="more" aria-expanded={open} aria-haspopup="true" aria-label={t('menu.label')} title={t('menu.label')} onClick={() => (session.menu.value = !open)}>
        <span class="pad"><Icon name="more" /></span>
        <span>{t('bar.more')}</span>
      </button>
      {open && <Menu session={session} share={share} />}
    </div>
  );
}
