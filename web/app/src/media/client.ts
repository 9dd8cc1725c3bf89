/**
 * The media client's face: one MeetingClient is one person in one room.
 *
 *   const client = new MeetingClient({ url, name, … });
 *   client.on('message', …); client.on('phase', …); client.on('slots', …);
 *   client.join();
 *
 * It keeps the person in the meeting through lost sockets, changed networks and restarted servers, and tells what
 * happens; it decides nothing about how things look. Wishes (tracks, hand, demand) may be set at any time: they are
 * kept and said again whenever a new connection needs to hear them.
 */
import { SlotBook, type Shown } from './book';
import { Emitter } from './emitter';
import { Journal } from './journal';
import { awaitFrame } from './frames';
import { Peer, FIRST_VIDEOS } from './peer';
import { Socket } from './socket';
import { collectStats, type MediaStats } from './stats';
import { MediaWatch } from './watch';
import type { Order } from './wire-room';
import { VERSION, type Args, type ClientMessage, type IceServer, type Kind, type Member, type Profile, type Quality, type ServerMessage, type Slot, type StateChange, type Want, type Welcome } from './wire';

export type Phase = 'idle' | 'connecting' | 'waiting' | 'joined' | 'reconnecting' | 'closed';

export interface ClientOptions {
  /** wss://host/ws/room/name */
  readonly url: string;
  readonly name: string;
  readonly host?: string;
  readonly password?: string;
  /** Token of an invitation. */
  readonly link?: string;
  readonly token?: string;
  /** Token of an earlier visit, so that a reload gets the same seat. */
  readonly resume?: string;
  /** What one chose to be sent; `auto` when left out. */
  readonly quality?: Quality;
}

/** Why it ended: `removed` and `banned` by a moderator, `ended` for all, `moved` into a breakout room or back. */
export type Reason = 'left' | 'replaced' | 'idle' | 'refused' | 'removed' | 'banned' | 'ended' | 'moved';
const REASONS: readonly string[] = ['replaced', 'idle', 'removed', 'banned', 'ended', 'moved'];

export interface Move {
  readonly room: string;
  readonly resume: string;
}

export interface ClientEvents {
  /** Everything that the server says, in order, after the client has acted on it. */
  message: ServerMessage;
  phase: Phase;
  /** When the next attempt is made, on the clock of Date.now(). */
  retry: { at: number; attempt: number };
  /** State of the PeerConnection. */
  media: RTCPeerConnectionState | 'none';
  /** Another source is shown in some slot: ask `video()` again. */
  slots: void;
  /** The browser will not play sound before a click: call `unlock()` from one. */
  blocked: void;
  /** The end; with `refused` `code` says why, with its numbers; with `moved` `to` says where one goes on. */
  closed: { reason: Reason; code: string; args: Args; to: Move | null };
  /** The server goes away for a moment and will be back. */
  shutdown: void;
}

/** Refusals that asking again will not change. */
const FINAL = new Set(['room_locked', 'room_not_open', 'account_needed', 'password_needed', 'password_wrong', 'link_invalid', 'not_admitted', 'banned', 'line_full', 'version', 'hello_expected', 'already_joined', 'name_invalid', 'room_name_invalid', 'room_unknown', 'room_full', 'server_full', 'rooms_full', 'forbidden']);

export class MeetingClient extends Emitter<ClientEvents> {
  phase: Phase = 'idle';
  media: RTCPeerConnectionState | 'none' = 'none';
  me = '';
  resume: string;
  readonly journal = new Journal();
  private quality: Quality;
  private readonly socket: Socket;
  private readonly book = new SlotBook();
  private readonly watch: MediaWatch;
  private peer: Peer | null = null;
  private pc = '';
  private welcome: Welcome | null = null;
  private tracks: Record<Kind, MediaStreamTrack | null> = { mic: null, camera: null, screen: null, sound: null };
  /** What hello said was on. */
  private said = { mic: false, cam: false };
  private wish: Required<StateChange> = { mic: false, cam: false, screen: false, sound: false, hand: false };
  private videos: readonly Want[] = [];
  private layers: { camera: readonly string[]; screen: readonly string[] } | null = null;
  private sink = '';
  private readonly offs: (() => void)[] = [];

  constructor(private readonly options: ClientOptions, makeSocket: (url: string, hello: () => ClientMessage) => Socket = (u, h) => new Socket(u, h)) {
    super();
    this.resume = options.resume ?? '';
    this.quality = options.quality ?? 'auto';
    this.socket = makeSocket(options.url, () => this.hello());
    this.watch = new MediaWatch({ restart: () => this.peer?.negotiate(true), renew: () => this.renew(), connected: () => this.peer?.pc.connectionState === 'connected' });
    this.socket.on('message', (m) => this.receive(m));
    this.socket.on('lost', ({ retryAt, attempt }) => {
      this.journal.note('socket lost');
      if (this.phase !== 'closed') this.setPhase(this.welcome ? 'reconnecting' : 'connecting');
      this.emit('retry', { at: retryAt, attempt });
    });
  }

  join(): void {
    this.setPhase('connecting');
    const changed = (): void => this.networkChanged();
    addEventListener('online', changed);
    this.offs.push(() => removeEventListener('online', changed));
    const connection = (navigator as { connection?: EventTarget }).connection;
    connection?.addEventListener('change', changed);
    this.offs.push(() => connection?.removeEventListener('change', changed));
    this.socket.connect();
  }

  leave(): void {
    this.socket.send({ t: 'leave' });
    this.end('left', '');
  }

  /** How much of the host's line the meeting has. */
  get profile(): string {
    return this.welcome?.profile ?? '';
  }

  retryNow(): void {
    this.socket.retryNow();
  }

  // What the person does.

  /** The microphone's track (kept while muted) and whether it is to be heard. */
  setMic(track: MediaStreamTrack | null, on: boolean): void {
    this.setTrack('mic', track);
    this.say({ mic: on && track !== null });
  }

  setCamera(track: MediaStreamTrack | null): void {
    this.setTrack('camera', track);
    this.say({ cam: track !== null });
  }

  setScreen(track: MediaStreamTrack | null, sound: MediaStreamTrack | null): void {
    if (track) track.contentHint = 'detail';
    this.setTrack('screen', track);
    this.setTrack('sound', sound);
    this.say({ screen: track !== null, sound: sound !== null });
  }

  /** What one is sent from now on; in `saver` one's own camera goes out small as well. */
  setQuality(quality: Quality): void {
    if (quality === this.quality) return;
    this.quality = quality;
    if (this.phase === 'joined') this.socket.send({ t: 'prefs', quality });
    this.applyLayers();
  }

  setHand(up: boolean): void {
    this.say({ hand: up });
  }

  /** Returns the reference that comes back in the stored copy, or '' when the line is down. */
  chat(text: string): string {
    const ref = crypto.getRandomValues(new Uint32Array(2)).join('-');
    return this.socket.send({ t: 'chat', text, ref }) ? ref : '';
  }

  /** Something that a host, a moderator or a voter says. */
  order(order: Order): boolean {
    return this.socket.send(order);
  }

  react(emoji: string): void {
    this.socket.send({ t: 'react', emoji });
  }

  /** Everything the page shows, most important first. */
  demand(videos: readonly Want[]): void {
    this.videos = videos;
    this.peer?.grow(videos.length);
    if (this.phase === 'joined') this.socket.send({ t: 'demand', videos });
  }

  setSink(id: string): void {
    this.sink = id;
    this.peer?.setSink(id);
  }

  /** From inside a click; `blocked` comes again when the browser still refuses. */
  unlock(): void {
    this.peer?.unlock();
  }

  // What the page shows.

  /** The element that shows this source now; the page puts it where it belongs. Null while there is no picture. */
  video(id: string, kind: 'camera' | 'screen'): HTMLVideoElement | null {
    const element = this.peer?.line(this.book.find(id, kind))?.element;
    return element instanceof HTMLVideoElement ? element : null;
  }

  shown(mid: string): Shown {
    return this.book.get(mid);
  }

  stats(): Promise<MediaStats> {
    return collectStats(this.peer, this.book);
  }

  /** For tests: ends the WebSocket or the media as a network fault would. */
  fault(what: 'socket' | 'media'): void {
    if (what === 'socket') this.socket.restart();
    else this.peer?.pc.close();
    if (what === 'media') this.setMedia('failed');
  }

  // The signaling.

  private hello(): ClientMessage {
    const { name, host, password, link, token } = this.options;
    this.said = { mic: this.wish.mic, cam: this.wish.cam };
    return {
      t: 'hello', v: VERSION, name, mic: this.wish.mic, cam: this.wish.cam,
      ...(host ? { host } : {}), ...(password ? { password } : {}), ...(link ? { link } : {}), ...(token ? { token } : {}), ...(this.resume ? { resume: this.resume } : {}), ...(this.pc && this.peer?.alive ? { pc: this.pc } : {}),
    };
  }

  private receive(m: ServerMessage): void {
    switch (m.t) {
      case 'welcome': this.welcomed(m); break;
      case 'answer': void this.peer?.answer(m.gen, m.sdp); break;
      case 'slots': this.slots(m.slots); break;
      case 'send':
        this.layers = { camera: m.camera, screen: m.screen };
        this.applyLayers();
        break;
      case 'restart': this.peer?.negotiate(true); break;
      case 'renegotiate': this.peer?.negotiate(); break;
      case 'profile': this.profiled(m.profile); break;
      case 'error': this.refused(m.code, m.args); break;
      case 'bye': this.bye(m.reason, m.retry, { room: m.room, resume: m.resume }); break;
      case 'waiting': this.setPhase('waiting'); break;
      case 'admitted': this.socket.send({ t: 'enter' }); break;
      default: break;
    }
    this.emit('message', m);
  }

  private welcomed(w: Welcome): void {
    this.welcome = w;
    this.me = w.id;
    this.resume = w.resume;
    this.pc = w.pc;
    if (w.media === 'keep' && this.peer?.alive) {
      this.peer.setIce(w.ice);
      this.peer.resume();
    } else this.newPeer(w.voices, w.ice);
    this.setPhase('joined');
    this.sayWhatDiffers(w.members.find((m) => m.id === w.id));
    this.socket.send({ t: 'prefs', quality: this.quality });
    this.socket.send({ t: 'demand', videos: this.videos });
  }

  /** The next answer says how voices are to be encoded now. */
  private profiled(profile: Profile): void {
    if (this.welcome) this.welcome = { ...this.welcome, profile };
    this.peer?.negotiate();
  }

  /** hello says only mic and cam, and the server may remember what was true before the break. */
  private sayWhatDiffers(mine: Member | undefined): void {
    if (!mine) return;
    // hello said that it is on, and it is off: so the room wants it.
    for (const [key, what] of [['mic', 'mic'], ['cam', 'camera']] as const) {
      if (!this.said[key] || !this.wish[key] || mine[key]) continue;
      this.wish = { ...this.wish, [key]: false };
      this.emit('message', { t: 'asked', do: 'muted', what, by: '' });
    }
    const is = { mic: mine.mic, cam: mine.cam, screen: mine.screen, sound: mine.sound, hand: mine.hand > 0 };
    const diff: { -readonly [K in keyof StateChange]: boolean } = {};
    for (const key of ['mic', 'cam', 'screen', 'sound', 'hand'] as const) if (is[key] !== this.wish[key]) diff[key] = this.wish[key];
    if (Object.keys(diff).length > 0) this.socket.send({ t: 'state', ...diff });
  }

  private refused(code: string, args: Args): void {
    this.journal.note(`error ${code}`);
    if (code === 'media_failed' && this.phase === 'joined') return this.renew();
    // The line may fill up between hello and offer: then the seat is given up again.
    if (code === 'line_full' || (this.phase !== 'joined' && (FINAL.has(code) || (code === 'rate_limited' && this.options.password)))) this.end('refused', code, args);
  }

  private bye(reason: string, retry: number, to: Move): void {
    this.journal.note(`bye ${reason}`);
    if (reason === 'shutdown') this.emit('shutdown', undefined);
    if (reason === 'moved') this.end('moved', '', {}, to);
    else if (retry > 0) this.socket.restart(retry);
    else this.end(REASONS.includes(reason) ? (reason as Reason) : 'left', '');
  }

  private say(change: StateChange): void {
    const before = this.wish;
    this.wish = { ...this.wish, ...change };
    const keys = Object.keys(change) as (keyof StateChange)[];
    if (this.phase === 'joined' && keys.some((k) => before[k] !== this.wish[k])) this.socket.send({ t: 'state', ...change });
  }

  // The media.

  private newPeer(voices: number, ice: readonly IceServer[]): void {
    this.dropPeer();
    const peer = new Peer(voices, Math.max(FIRST_VIDEOS, this.videos.length), ice);
    this.peer = peer;
    peer.on('offer', (o) => void this.socket.send({ t: 'offer', ...o }));
    peer.on('connection', (state) => this.setMedia(state));
    peer.on('blocked', () => this.emit('blocked', undefined));
    peer.on('broken', () => this.renew());
    peer.on('answered', () => this.applyLayers());
    peer.setSink(this.sink);
    for (const kind of ['mic', 'camera', 'screen', 'sound'] as const) void peer.setTrack(kind, this.tracks[kind]);
    this.setMedia('new');
    this.watch.begin();
    peer.negotiate();
  }

  private dropPeer(): void {
    this.peer?.close();
    this.peer = null;
    this.book.clear();
    this.layers = null;
    this.emit('slots', undefined);
  }

  /** A wholly new PeerConnection: saying hello without `pc` asks the server for it. */
  private renew(): void {
    if (this.phase === 'closed') return;
    this.dropPeer();
    this.pc = '';
    this.setMedia('none');
    // When the WebSocket is down as well, the next hello asks for it anyway.
    if (this.phase === 'joined') this.socket.restart();
  }

  private setTrack(kind: Kind, track: MediaStreamTrack | null): void {
    this.tracks[kind] = track;
    void this.peer?.setTrack(kind, track);
  }

  private applyLayers(): void {
    if (!this.peer || !this.layers) return;
    const { camera, screen } = this.layers;
    // Who saves sends the smallest picture to those who watch a larger one, and none when nobody watches.
    void this.peer.setLayers('camera', this.quality === 'auto' ? camera : camera.length > 0 ? ['q'] : []);
    void this.peer.setLayers('screen', screen);
  }

  private slots(slots: readonly Slot[]): void {
    const changed = (): void => this.emit('slots', undefined);
    for (const mid of this.book.apply(slots)) awaitFrame(this.book, mid, this.peer?.line(mid)?.element, changed);
    changed();
  }

  private networkChanged(): void {
    this.socket.retryNow();
    this.watch.network();
  }

  private setPhase(phase: Phase): void {
    if (this.phase === phase) return;
    this.phase = phase;
    this.emit('phase', phase);
  }

  private setMedia(state: RTCPeerConnectionState | 'none'): void {
    this.media = state;
    if (state === 'disconnected' || state === 'failed') this.journal.note(`media ${state}`);
    if (state !== 'none') this.watch.state(state);
    this.emit('media', state);
  }

  private end(reason: Reason, code: string, args: Args = {}, to: Move | null = null): void {
    if (this.phase === 'closed') return;
    this.setPhase('closed');
    this.watch.stop();
    this.socket.close();
    this.dropPeer();
    for (const off of this.offs.splice(0)) off();
    this.emit('closed', { reason, code, args, to });
  }
}
