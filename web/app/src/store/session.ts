/**
 * One visit to a meeting: the media client, the devices, and what the page shows of it, as signals. Components read
 * signals and call the methods; nothing else touches the client.
 */
import { computed, signal } from '@preact/signals';
import { errorText, t } from '../i18n';
import { read, readJSON, write } from '../lib/storage';
import { MeetingClient, type Args, type Devices, type Move, type Order, type Phase, type Quality, type ServerMessage } from '../media';
import type { View } from '../layout/stage';
import { announce, announceMessage } from './live';
import { EMPTY_DESK, reduceDesk, type Desk } from './desk';
import { EMPTY, reduce, sent, unsent, type Meeting } from './meeting';
import { QualityChoice } from './quality';

export type Panel = 'polls' | 'chat' | 'people' | 'files' | 'invite';
export interface Reaction {
  readonly key: number;
  readonly id: string;
  readonly emoji: string;
}

const REACTION_MS = 2_800;
const NOTICE_MS = 7_000;
/** After so long without media a firewall is a better guess than patience. */
const BLOCKED_MS = 20_000;

export interface SeatMemory {
  readonly resume: string;
  readonly name: string;
  readonly mic: boolean;
  readonly camera: boolean;
}

/** What a reload needs to come back to the same seat; gone when the tab is closed or the person leaves. */
export const seatMemory = (room: string): SeatMemory | null => {
  const m = readJSON<SeatMemory>(`seat.${room}`, 'session');
  return m && typeof m.resume === 'string' && m.resume !== '' && typeof m.name === 'string' ? m : null;
};

export interface SessionOptions {
  readonly room: string;
  readonly url: string;
  readonly name: string;
  readonly host: string;
  readonly password?: string;
  readonly link?: string;
  readonly token?: string;
  /** Of a seat that is waiting elsewhere, such as in a breakout room. */
  readonly resume?: string;
  readonly moved?: (to: Move) => void;
  readonly devices: Devices;
  /** `was`: what was on, for those who sit down again. */
  readonly ended: (reason: string, code: string, was: { mic: boolean; camera: boolean }, args: Args) => void;
}

export class Session {
  readonly client: MeetingClient;
  readonly quality = new QualityChoice();
  readonly meeting = signal<Meeting>(EMPTY);
  readonly phase = signal<Phase>('idle');
  readonly media = signal<string>('none');
  readonly mediaBlocked = signal(false);
  readonly retryAt = signal(0);
  /** Rises when another source is shown in some slot. */
  readonly slots = signal(0);
  readonly soundBlocked = signal(false);
  readonly shutdown = signal(false);
  readonly mutedSpeaking = signal(false);
  readonly notice = signal('');
  readonly reactions = signal<readonly Reaction[]>([]);
  readonly sharing = signal<MediaStream | null>(null);
  readonly hand = computed(() => (this.meeting.value.members.get(this.meeting.value.me)?.hand ?? 0) > 0);
  // What the person chose to look at.
  readonly view = signal<View>(read('view') === 'speaker' ? 'speaker' : 'grid');
  readonly pinned = signal('');
  readonly page = signal(0);
  readonly panel = signal<Panel | null>(null);
  /** The pads are open beside the picture; nothing but their own button closes them. */
  readonly notes = signal(false);
  readonly menu = signal(false);
  /** What is being written, kept while the chat is closed. */
  readonly draft = signal('');
  readonly dialog = signal<'settings' | 'help' | 'room' | 'breakouts' | null>(null);
  readonly desk = signal<Desk>(EMPTY_DESK);
  readonly selfView = signal(read('selfview') !== 'off');
  readonly mirror = signal(read('mirror') !== 'off');
  readonly shortcuts = signal(read('shortcuts') !== 'off');
  private reactionKey = 0;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;
  private blockedTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly offs: (() => void)[] = [];

  constructor(readonly options: SessionOptions) {
    const resume = options.resume ?? seatMemory(options.room)?.resume;
    this.notes.value = resume !== undefined && read(`notes.${options.room}`, 'session') === 'open';
    this.client = new MeetingClient({
      url: options.url, name: options.name, ...(options.host ? { host: options.host } : {}), ...(options.password ? { password: options.password } : {}), ...(options.link ? { link: options.link } : {}), ...(options.token ? { token: options.token } : {}), ...(resume ? { resume } : {}),
      quality: this.quality.chosen.value,
    });
    this.listen();
  }

  get profile(): string {
    return this.client.profile;
  }

  get devices(): Devices {
    return this.options.devices;
  }

  join(): void {
    this.applyDevices();
    this.client.setSink(this.devices.chosen('speaker'));
    this.client.join();
  }

  leave(): void {
    write(`seat.${this.options.room}`, null, 'session');
    this.client.leave();
  }

  // Devices

  async toggle(device: 'mic' | 'camera', on?: boolean): Promise<void> {
    const now = device === 'mic' ? this.devices.micOn : this.devices.cameraOn;
    if (device === 'camera' && !now && this.quality.voicesOnly) return this.tell(t('quality.cameraRests'));
    if (!now && !this.may(device)) return this.tell(t('room.listen'));
    const is = await this.devices.set(device, on ?? !now);
    if (device === 'mic') this.mutedSpeaking.value = false;
    announce(device === 'mic' ? (is ? 'live.micOn' : 'live.micOff') : is ? 'live.cameraOn' : 'live.cameraOff');
  }

  async toggleShare(): Promise<'failed' | undefined> {
    if (this.sharing.value) return void this.stopShare();
    if (!this.may('screen')) return void this.tell(t('room.listen'));
    try {
      // Five pictures a second keep text sharp at a low rate; the rest is for the browser to choose.
      const wish = { video: { frameRate: { ideal: 5, max: 15 } }, audio: true, systemAudio: 'include', selfBrowserSurface: 'exclude', surfaceSwitching: 'include' };
      const stream = await navigator.mediaDevices.getDisplayMedia(wish as DisplayMediaStreamOptions);
      const [video] = stream.getVideoTracks();
      video?.addEventListener('ended', () => this.stopShare());
      this.sharing.value = stream;
      this.client.setScreen(video ?? null, stream.getAudioTracks()[0] ?? null);
    } catch (error) {
      // Closing the browser's own chooser is an answer, not a failure.
      const refused = error instanceof DOMException && error.name === 'NotAllowedError' && !/system/i.test(error.message);
      if (!refused) return 'failed';
    }
    return undefined;
  }

  stopShare(): void {
    this.sharing.value?.getTracks().forEach((t) => t.stop());
    this.sharing.value = null;
    this.client.setScreen(null, null);
  }

  setSpeaker(id: string): void {
    void this.devices.choose('speaker', id);
    this.client.setSink(id);
  }

  unlock(): void {
    this.soundBlocked.value = false;
    this.client.unlock();
  }

  /** Voices only means both ways: the camera goes off, and comes back by its own button only. */
  setQuality(next: Quality): void {
    this.quality.choose(next);
    this.client.setQuality(next);
    if (this.quality.voicesOnly) this.restCamera();
  }

  private restCamera(): void {
    if (!this.devices.cameraOn) return;
    void this.devices.set('camera', false);
    this.tell(t('quality.cameraOff'));
  }

  // The room

  may(right: string): boolean {
    return this.desk.value.rights.has(right);
  }

  order(order: Order): void {
    if (!this.client.order(order)) this.tell(errorText('unreachable'));
  }

  /** From a breakout room to the meeting. */
  goBack(): void {
    const resume = seatMemory(this.options.room)?.resume ?? '';
    this.client.leave();
    this.options.moved?.({ room: this.options.room, resume });
  }

  answerAsked(on: boolean): void {
    const what = this.desk.value.asked;
    this.desk.value = { ...this.desk.value, asked: '' };
    if (on && (what === 'mic' || what === 'camera')) void this.toggle(what, true);
  }

  /** A moderator has switched something off, or a hand down. */
  private switchedOff(what: string, by: string): void {
    if (what === 'screen') this.stopShare();
    if (what === 'mic') void this.devices.set('mic', false);
    if (what === 'camera') void this.devices.set('camera', false);
    const name = this.meeting.value.members.get(by)?.name;
    if (name) this.tell(t(what === '' ? 'room.lowered' : what === 'mic' ? 'room.muted' : 'room.stopped', { name }));
    else if (what === 'mic') this.tell(t('room.startMuted'));
  }

  // The talk

  toggleHand(): void {
    this.client.setHand(!this.hand.value);
  }

  /** Returns false when the line is down: the text then stays where it was written. */
  say(text: string): boolean {
    const ref = this.client.chat(text);
    if (ref === '') return false;
    this.meeting.value = sent(this.meeting.value, text, ref, Date.now());
    return true;
  }

  react(emoji: string): void {
    this.client.react(emoji);
  }

  // What is looked at

  open(panel: Panel | null): void {
    this.panel.value = this.panel.value === panel ? null : panel;
    this.menu.value = false;
    if (this.panel.value === 'chat' && this.meeting.value.unread > 0) this.meeting.value = { ...this.meeting.value, unread: 0 };
  }

  toggleNotes(): void {
    this.notes.value = !this.notes.value;
    write(`notes.${this.options.room}`, this.notes.value ? 'open' : null, 'session');
  }

  setView(view: View): void {
    this.view.value = view;
    this.pinned.value = '';
    write('view', view === 'grid' ? null : view);
  }

  pin(key: string): void {
    this.pinned.value = this.pinned.value === key ? '' : key;
  }

  setSelfView(on: boolean): void {
    this.selfView.value = on;
    write('selfview', on ? null : 'off');
  }

  setMirror(on: boolean): void {
    this.mirror.value = on;
    write('mirror', on ? null : 'off');
  }

  setShortcuts(on: boolean): void {
    this.shortcuts.value = on;
    write('shortcuts', on ? null : 'off');
  }

  /** A sentence for a few seconds. */
  tell(text: string): void {
    this.notice.value = text;
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => (this.notice.value = ''), NOTICE_MS);
  }

  private listen(): void {
    const c = this.client;
    c.on('phase', (phase) => {
      if (phase === 'joined' && this.phase.value === 'reconnecting') announce('live.back');
      this.phase.value = phase;
      if (phase === 'joined') this.shutdown.value = false;
    });
    c.on('retry', ({ at }) => (this.retryAt.value = at));
    c.on('media', (state) => this.mediaChanged(state));
    c.on('slots', () => this.slots.value++);
    c.on('blocked', () => (this.soundBlocked.value = true));
    c.on('shutdown', () => (this.shutdown.value = true));
    c.on('message', (m) => this.message(m));
    c.on('closed', ({ reason, code, args, to }) => this.close(reason, code, args, to));
    this.offs.push(this.devices.on('change', () => this.applyDevices()));
  }

  private message(m: ServerMessage): void {
    const before = this.meeting.value;
    if (m.t === 'react') return this.showReaction(m.id, m.emoji);
    if (m.t === 'error') return this.refused(m.code);
    if (m.t === 'asked' && m.do !== 'unmute') this.switchedOff(m.what, m.by);
    this.desk.value = reduceDesk(this.desk.value, m, Date.now());
    this.meeting.value = reduce(before, m, this.panel.value === 'chat');
    if (m.t === 'line') this.quality.lineChanged(m.weak);
    if (m.t === 'welcome') this.remember();
    announceMessage(before, this.meeting.value, m);
  }

  private refused(code: string): void {
    if (code === 'chat_unsaved' || code === 'too_big' || code === 'rate_limited') this.meeting.value = unsent(this.meeting.value);
    if (this.phase.value === 'joined') this.notify(code);
  }

  /** Set by the page, which knows the language. */
  notify: (code: string) => void = () => undefined;

  private showReaction(id: string, emoji: string): void {
    const key = ++this.reactionKey;
    this.reactions.value = [...this.reactions.value.slice(-20), { key, id, emoji }];
    setTimeout(() => (this.reactions.value = this.reactions.value.filter((r) => r.key !== key)), REACTION_MS);
  }

  private mediaChanged(state: string): void {
    this.media.value = state;
    if (state === 'connected') {
      clearTimeout(this.blockedTimer);
      this.blockedTimer = undefined;
      this.mediaBlocked.value = false;
    } else {
      this.blockedTimer ??= setTimeout(() => (this.mediaBlocked.value = true), BLOCKED_MS);
    }
  }

  private applyDevices(): void {
    const d = this.devices;
    this.client.setMic(d.mic, d.micOn);
    if (this.quality.voicesOnly) this.restCamera();
    this.client.setCamera(d.cameraOn && !this.quality.voicesOnly ? d.camera : null);
    if (this.phase.value === 'joined') this.remember();
  }

  private remember(): void {
    if (this.options.url.includes('~')) return; // a reload comes back to the meeting itself
    const memory: SeatMemory = { resume: this.client.resume, name: this.options.name, mic: this.devices.micOn, camera: this.devices.cameraOn };
    write(`seat.${this.options.room}`, JSON.stringify(memory), 'session');
  }

  private close(reason: string, code: string, args: Args, to: Move | null): void {
    for (const off of this.offs.splice(0)) off();
    clearTimeout(this.blockedTimer);
    clearTimeout(this.noticeTimer);
    this.sharing.value?.getTracks().forEach((t) => t.stop());
    this.sharing.value = null;
    if (to) return this.options.moved?.(to);
    if (reason !== 'replaced') write(`seat.${this.options.room}`, null, 'session');
    const was = { mic: this.devices.micOn, camera: this.devices.cameraOn };
    this.devices.stop();
    this.options.ended(reason, code, was, args);
  }
}
