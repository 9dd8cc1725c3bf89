/** The polite live region: what a person who does not look at the screen must know, one sentence at a time. */
import { signal } from '@preact/signals';
import { t } from '../i18n';
import type { ServerMessage } from '../media';
import type { Meeting } from './meeting';

export const live = signal('');

type Plain = 'live.micOn' | 'live.micOff' | 'live.cameraOn' | 'live.cameraOff' | 'live.back';

export function announce(key: Plain): void {
  say(t(key));
}

function say(text: string): void {
  // The same sentence twice would not be read again.
  live.value = live.value === text ? `${text}\u00a0` : text;
}

const CHAT_READ = 120;

/** Announces what others do. Reducers stay silent, so that they stay pure. */
export function announceMessage(before: Meeting, after: Meeting, m: ServerMessage): void {
  if (m.t === 'joined' && m.member.id !== after.me) say(t('live.joined', { name: m.member.name }));
  if (m.t === 'left') {
    const who = before.members.get(m.id);
    if (who) say(t('live.left', { name: who.name }));
  }
  if (m.t === 'chat' && m.from !== after.me) say(t('live.chat', { name: m.name, text: m.text.slice(0, CHAT_READ) }));
  if (m.t === 'member' && m.member.id !== after.me) {
    const was = before.members.get(m.member.id);
    if (m.member.hand > 0 && !was?.hand) say(t('live.handUp', { name: m.member.name }));
    if (m.member.screen && !was?.screen) say(t('live.sharing', { name: m.member.name }));
  }
}
