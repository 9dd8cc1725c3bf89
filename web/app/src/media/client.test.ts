import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeetingClient } from './client';
import { Emitter } from './emitter';
import type { Socket, SocketEvents } from './socket';
import type { ClientMessage, ServerMessage } from './wire';

/** A socket that a test plays the server on. */
class FakeSocket extends Emitter<SocketEvents> {
  sent: ClientMessage[] = [];
  up = false;
  restarts: number[] = [];
  closed = false;
  constructor(readonly hello: () => ClientMessage) {
    super();
  }
  connect(): void {
    this.up = true;
    this.sent.push(this.hello());
  }
  send(m: ClientMessage): boolean {
    if (this.up) this.sent.push(m);
    return this.up;
  }
  restart(after = 0): void {
    this.restarts.push(after);
    this.fall();
  }
  retryNow(): void {}
  close(): void {
    this.closed = true;
    this.up = false;
  }
  fall(): void {
    this.up = false;
    this.emit('lost', { retryAt: 1, attempt: 0 });
  }
  say(m: ServerMessage): void {
    this.emit('message', m);
  }
  of<T extends ClientMessage['t']>(t: T): Extract<ClientMessage, { t: T }>[] {
    return this.sent.filter((m): m is Extract<ClientMessage, { t: T }> => m.t === t);
  }
}

/** As much of a PeerConnection as the client touches. */
class FakePC {
  static made: FakePC[] = [];
  connectionState = 'new';
  iceConnectionState = 'new';
  signalingState = 'stable';
  remoteDescription: unknown = null;
  localDescription: { sdp: string } | null = null;
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  transceivers: { mid: string; kind: string; sender: FakeSender; receiver: { track: object }; setCodecPreferences: () => void }[] = [];
  constructor() {
    FakePC.made.push(this);
  }
  configuration: RTCConfiguration = {};
  setConfiguration(c: RTCConfiguration): void {
    this.configuration = c;
  }
  addTransceiver(kind: string, init: { sendEncodings?: { rid: string }[] }) {
    const t = { mid: String(this.transceivers.length), kind, sender: new FakeSender(init.sendEncodings ?? [{ rid: '' }]), receiver: { track: {} }, setCodecPreferences: () => undefined };
    this.transceivers.push(t);
    return t;
  }
  createOffer = async (o: { iceRestart?: boolean }) => ({ type: 'offer', sdp: o.iceRestart ? 'offer restart' : 'offer' });
  setLocalDescription = async (d: { sdp: string }) => {
    this.localDescription = d;
    this.signalingState = 'have-local-offer';
  };
  setRemoteDescription = async (d: unknown) => {
    this.remoteDescription = d;
    this.signalingState = 'stable';
    // Chromium does so.
    for (const t of this.transceivers) for (const e of t.sender.encodings) e.active = true;
  };
  close(): void {
    this.connectionState = 'closed';
  }
  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

class FakeSender {
  track: unknown = null;
  encodings: { rid: string; active?: boolean }[];
  constructor(encodings: { rid: string }[]) {
    this.encodings = encodings.map((e) => ({ ...e, active: true }));
  }
  replaceTrack = async (track: unknown) => {
    this.track = track;
  };
  getParameters = () => ({ encodings: this.encodings.map((e) => ({ ...e })) });
  setParameters = async (p: { encodings: { rid: string; active?: boolean }[] }) => {
    this.encodings = p.encodings;
  };
}

class FakeElement {
  srcObject: unknown = null;
  remove(): void {}
  play = async () => undefined;
}

const me = { id: 'a', num: 1, seat: 0, name: 'Ada', role: 'guest', mic: false, cam: false, screen: false, sound: false, hand: 0, away: false } as const;
const welcome = (x: object = {}): ServerMessage => ({
  t: 'welcome', v: 1, id: 'a', num: 1, room: { name: 'r', title: 'R' }, role: 'guest', resume: 'token', pc: 'pc1', media: 'new', members: [me], chat: [], voices: 3, max: 25, profile: 'normal', ice: [], ...x,
});
/** Lets everything run that waits on promises already kept. */
const settle = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0);
};
const pc = (): FakePC => FakePC.made.at(-1) as FakePC;

describe('MeetingClient', () => {
  let client: MeetingClient;
  let socket: FakeSocket;
  beforeEach(() => {
    vi.useFakeTimers();
    FakePC.made = [];
    vi.stubGlobal('RTCPeerConnection', FakePC);
    vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => ({ codecs: [{ mimeType: 'video/VP8' }, { mimeType: 'audio/opus' }] }) });
    vi.stubGlobal('MediaStream', class {});
    vi.stubGlobal('HTMLVideoElement', class {});
    vi.stubGlobal('document', { createElement: () => new FakeElement() });
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('addEventListener', () => undefined);
    vi.stubGlobal('removeEventListener', () => undefined);
    client = new MeetingClient({ url: 'ws://x', name: 'Ada', host: 'h' }, (_, hello) => (socket = new FakeSocket(hello)) as unknown as Socket);
    client.join();
  });
  afterEach(() => {
    client.leave();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const answer = async (gen: number): Promise<void> => {
    await settle();
    socket.say({ t: 'answer', gen, sdp: 'v=0\r\n' });
    await settle();
  };

  it('says hello, offers once with its sections named, and says what it shows', async () => {
    expect(socket.of('hello')).toEqual([{ t: 'hello', v: 1, name: 'Ada', mic: false, cam: false, host: 'h' }]);
    socket.say(welcome());
    await settle();
    expect(client.phase).toBe('joined');
    expect(socket.of('offer')).toEqual([{ t: 'offer', sdp: 'offer', gen: 1, mids: { mic: '0', camera: '1', screen: '2', sound: '3' } }]);
    expect(socket.of('demand')).toHaveLength(1);
    expect(pc().transceivers.map((t) => t.kind[0]).join('')).toBe('avva' + 'aaaa' + 'vvvvvv');
  });

  it('rests the layers that nobody watches, also when `send` comes before the answer', async () => {
    socket.say(welcome());
    await settle();
    socket.say({ t: 'send', camera: ['q'], screen: [] });
    await answer(1);
    const active = (i: number): string => pc().transceivers[i]?.sender.encodings.filter((e) => e.active).map((e) => e.rid).join('') ?? '';
    expect([active(1), active(2)]).toEqual(['q', '']);
    socket.say({ t: 'send', camera: ['h', 'f'], screen: ['f'] });
    await settle();
    expect([active(1), active(2)]).toEqual(['hf', 'f']);
  });

  it('offers again when the meeting gets another profile, since the answer says how voices are encoded', async () => {
    socket.say(welcome());
    await answer(1);
    socket.say({ t: 'profile', profile: 'voice' });
    await settle();
    expect(client.profile).toBe('voice');
    expect(socket.of('offer').map((m) => m.sdp)).toEqual(['offer', 'offer']);
  });

  it('restarts ICE when the server is reached elsewhere', async () => {
    socket.say(welcome());
    await settle();
    await answer(1);
    socket.say({ t: 'restart' });
    await settle();
    expect(socket.sent.filter((m) => m.t === 'offer').map((m) => m.sdp)).toEqual(['offer', 'offer restart']);
  });

  it('says what it chose after every welcome and on change, before it says what it shows', async () => {
    socket.say(welcome());
    await settle();
    expect(socket.sent.map((m) => m.t)).toEqual(['hello', 'prefs', 'demand', 'offer']);
    client.setQuality('auto');
    client.setQuality('saver');
    client.setQuality('saver');
    socket.fall();
    client.setQuality('voice');
    socket.connect();
    socket.say(welcome({ media: 'keep' }));
    expect(socket.of('prefs').map((m) => m.quality)).toEqual(['auto', 'saver', 'voice']);
  });

  it('sends only the smallest picture while it saves, and none when nobody watches', async () => {
    const active = (): string => pc().transceivers[1]?.sender.encodings.filter((e) => e.active).map((e) => e.rid).join('') ?? '';
    socket.say(welcome());
    await answer(1);
    client.setQuality('saver');
    socket.say({ t: 'send', camera: ['h', 'f'], screen: ['f'] });
    await settle();
    expect(active()).toBe('q');
    expect(pc().transceivers[2]?.sender.encodings.filter((e) => e.active).map((e) => e.rid)).toEqual(['f']);
    socket.say({ t: 'send', camera: [], screen: [] });
    await settle();
    expect(active()).toBe('');
    socket.say({ t: 'send', camera: ['h'], screen: [] });
    client.setQuality('auto');
    await settle();
    expect(active()).toBe('h');
  });

  it('gives up the seat when the line turns out to be full at the offer', () => {
    const ends: unknown[] = [];
    client.on('closed', (e) => ends.push(e));
    socket.say(welcome());
    socket.say({ t: 'error', code: 'line_full', message: '', re: 'offer', args: { need: 40, have: 12, room: 6 } });
    expect(ends).toEqual([{ reason: 'refused', code: 'line_full', args: { need: 40, have: 12, room: 6 }, to: null }]);
  });

  it('keeps a journal of faults in codes', async () => {
    socket.say(welcome());
    await answer(1);
    pc().become('failed');
    socket.say({ t: 'error', code: 'rate_limited', message: 'Ada at 10.0.0.1', re: 'chat', args: {} });
    socket.say({ t: 'error', code: 'rate_limited', message: '', re: 'chat', args: {} });
    socket.fall();
    expect(client.journal.entries.map((e) => [e.what, e.times])).toEqual([['media failed', 1], ['error rate_limited', 2], ['socket lost', 1]]);
  });

  it('grows its slots with the layout and negotiates one offer at a time', async () => {
    socket.say(welcome());
    await settle();
    client.demand(Array.from({ length: 8 }, (_, i) => ({ id: `p${i}`, kind: 'camera' as const, height: 180 })));
    client.demand(Array.from({ length: 14 }, (_, i) => ({ id: `p${i}`, kind: 'camera' as const, height: 180 })));
    await settle();
    expect(socket.of('offer')).toHaveLength(1);
    await answer(7);
    expect(socket.of('offer')).toHaveLength(1);
    await answer(1);
    expect(socket.of('offer').map((o) => o.gen)).toEqual([1, 2]);
    expect(pc().transceivers.filter((t) => t.kind === 'video').length - 2).toBe(17);
  });

  it('keeps its media through a lost socket and repeats an offer that was lost with it', async () => {
    socket.say(welcome());
    await settle();
    socket.fall();
    expect(client.phase).toBe('reconnecting');
    client.setHand(true);
    socket.connect();
    expect(socket.of('hello').at(-1)).toMatchObject({ resume: 'token', pc: 'pc1' });
    socket.say(welcome({ media: 'keep' }));
    await settle();
    expect(FakePC.made).toHaveLength(1);
    expect(socket.of('offer').map((o) => o.gen)).toEqual([1, 2]);
    expect(socket.of('state')).toEqual([{ t: 'state', hand: true }]);
  });

  it('makes everything new when the server knows nothing of the old connection', async () => {
    socket.say(welcome());
    await answer(1);
    socket.fall();
    socket.connect();
    socket.say(welcome({ media: 'new', pc: 'pc2' }));
    await settle();
    expect(FakePC.made).toHaveLength(2);
    expect(FakePC.made[0]?.connectionState).toBe('closed');
    expect(socket.of('offer').at(-1)).toMatchObject({ gen: 1 });
  });

  it('restarts ICE when the path is lost, then asks for a new connection by a hello without pc', async () => {
    socket.say(welcome());
    await answer(1);
    await settle();
    pc().become('connected');
    pc().become('failed');
    await settle();
    expect(socket.of('offer').at(-1)?.sdp).toBe('offer restart');
    vi.advanceTimersByTime(5_000);
    expect(socket.restarts).toEqual([0]);
    socket.connect();
    const hello = socket.of('hello').at(-1);
    expect(hello).toMatchObject({ resume: 'token' });
    expect(hello).not.toHaveProperty('pc');
  });

  it.each([['line_full', true], ['room_full', true], ['version', true], ['shutting_down', false], ['internal', false], ['rate_limited', false]])('a hello refused with %s is final: %s', (code, final) => {
    const ends: unknown[] = [];
    client.on('closed', (e) => ends.push(e));
    socket.say({ t: 'error', code, message: '', re: 'hello', args: { room: 6 } });
    expect(ends).toEqual(final ? [{ reason: 'refused', code, args: { room: 6 }, to: null }] : []);
    expect(socket.closed).toBe(final);
  });

  it.each([['replaced', 0, 'replaced'], ['idle', 0, 'idle'], ['shutdown', 1500, ''], ['slow', 500, '']])('bye %s with retry %i', (reason, retry, end) => {
    socket.say(welcome());
    let ended = '';
    client.on('closed', (e) => (ended = e.reason));
    socket.say({ t: 'bye', reason, retry, room: '', resume: '' });
    expect(ended).toBe(end);
    expect(socket.restarts).toEqual(retry > 0 ? [retry] : []);
  });

  it('says goodbye when leaving, and nothing afterwards', () => {
    socket.say(welcome());
    client.leave();
    expect(socket.sent.at(-1)).toEqual({ t: 'leave' });
    expect(client.phase).toBe('closed');
    expect(pc().connectionState).toBe('closed');
    const n = socket.sent.length;
    client.setHand(true);
    client.demand([]);
    expect(socket.sent).toHaveLength(n);
  });
});
