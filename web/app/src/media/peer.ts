/**
 * One RTCPeerConnection: what we send, the slots that we receive on, and the negotiation, which we always begin.
 *
 *   sections: mic, camera (rids q h f), screen (rids q f), sound | voices + 1 audio slots | video slots, grown on demand
 *
 * Tracks come and go by replaceTrack; a new offer is made only to grow or to restart ICE. An offer whose answer got
 * lost with the WebSocket is simply made again (`resume`).
 */
import { Emitter } from './emitter';
import { tuneOpus } from './sdp';
import type { IceServer, Kind, Mids } from './wire';

export interface Line {
  readonly type: 'audio' | 'video';
  readonly transceiver: RTCRtpTransceiver;
  /** One stream for each slot: sharing one would couple their jitter buffers. */
  readonly element: HTMLVideoElement | HTMLAudioElement;
}

export interface PeerEvents {
  offer: { sdp: string; gen: number; mids: Mids };
  connection: RTCPeerConnectionState;
  /** The browser refuses to play sound before the person has clicked somewhere. */
  blocked: void;
  /** An answer is in force. Chromium forgets what setParameters said before it: say it again. */
  answered: void;
  /** Negotiation failed in a way that only a new PeerConnection mends. */
  broken: void;
}

export const FIRST_VIDEOS = 6;
export const MAX_VIDEOS = 25;
const GROW_BY = 3;

const CAMERA: RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 120_000, maxFramerate: 15 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 400_000, maxFramerate: 20 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_200_000, maxFramerate: 25 },
];
const SCREEN: RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 2, maxBitrate: 200_000, maxFramerate: 5 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_000_000, maxFramerate: 5 },
];
const VOICE = { maxAverageBitrate: 32_000, dtx: true };
const SOUND = { maxAverageBitrate: 64_000, dtx: false };

/** VP8 with its retransmissions, or Opus, also with redundancy (RED; not Opus first: the answer's order decides): what every browser has, and a fraction of the usual offer's size. */
function prefer(transceiver: RTCRtpTransceiver, type: 'audio' | 'video'): void {
  const wanted = type === 'audio' ? /^audio\/(opus|red)$/i : /^video\/(vp8|rtx)$/i;
  const codecs = RTCRtpReceiver.getCapabilities(type)?.codecs.filter((c) => wanted.test(c.mimeType)) ?? [];
  try {
    if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
  } catch {
    // An old browser sends a longer offer, no more.
  }
}

function configuration(ice: readonly IceServer[]): RTCConfiguration {
  const iceServers = ice.map((s) => ({ urls: [...s.urls], username: s.username, credential: s.credential }));
  return { bundlePolicy: 'max-bundle', iceServers };
}

export class Peer extends Emitter<PeerEvents> {
  readonly pc: RTCPeerConnection;
  readonly lines: Line[] = [];
  private readonly sections: Record<Kind, RTCRtpTransceiver>;
  private readonly queues = new Map<Kind, Promise<void>>();
  private gen = 0;
  private pending = false;
  private again = false;
  private restartIce = false;
  private closed = false;
  private sink = '';

  constructor(voices: number, videos = FIRST_VIDEOS, ice: readonly IceServer[] = []) {
    super();
    this.pc = new RTCPeerConnection(configuration(ice));
    this.sections = {
      mic: this.section('audio'), camera: this.section('video', CAMERA), screen: this.section('video', SCREEN), sound: this.section('audio'),
    };
    for (let i = 0; i < voices + 1; i++) this.addLine('audio');
    for (let i = 0; i < videos; i++) this.addLine('video');
    this.pc.onconnectionstatechange = () => !this.closed && this.emit('connection', this.pc.connectionState);
    this.pc.oniceconnectionstatechange = () => {
      // Firefox tells a failed path here first.
      if (!this.closed && this.pc.iceConnectionState === 'failed' && this.pc.connectionState !== 'failed') this.emit('connection', 'failed');
    };
  }

  /** Fresh credentials, for the next time that a way is looked for. */
  setIce(ice: readonly IceServer[]): void {
    if (!this.closed) this.pc.setConfiguration(configuration(ice));
  }

  get videos(): number {
    return this.lines.filter((l) => l.type === 'video').length;
  }

  get alive(): boolean {
    return !this.closed && this.pc.connectionState !== 'failed' && this.pc.connectionState !== 'closed';
  }

  line(mid: string): Line | undefined {
    return mid === '' ? undefined : this.lines.find((l) => l.transceiver.mid === mid);
  }

  sender(kind: Kind): RTCRtpSender {
    return this.sections[kind].sender;
  }

  /** Which source is on which of our own sections. */
  mids(): Mids {
    const { mic, camera, screen, sound } = this.sections;
    return { mic: mic.mid ?? '', camera: camera.mid ?? '', screen: screen.mid ?? '', sound: sound.mid ?? '' };
  }

  /** Puts a track on one of our sections, or takes it off. No renegotiation. Calls for one section keep their order. */
  setTrack(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    return this.enqueue(kind, async (sender) => {
      if (sender.track !== track) await sender.replaceTrack(track);
    });
  }

  /** Sends only these rids; the others rest until somebody watches them. Nothing before the first answer (see `answered`). */
  setLayers(kind: 'camera' | 'screen', rids: readonly string[]): Promise<void> {
    return this.enqueue(kind, async (sender) => {
      if (!this.pc.remoteDescription) return;
      const p = sender.getParameters();
      const next = p.encodings.map((e) => ({ ...e, active: rids.includes(e.rid ?? '') }));
      if (next.every((e, i) => e.active === (p.encodings[i]?.active ?? true))) return;
      await sender.setParameters({ ...p, encodings: next });
    });
  }

  /** Makes sure that so many videos fit; returns true when an offer is on its way for it. */
  grow(videos: number): boolean {
    const target = Math.min(MAX_VIDEOS, videos);
    if (target <= this.videos) return false;
    const goal = Math.min(MAX_VIDEOS, target + GROW_BY);
    while (this.videos < goal) this.addLine('video');
    this.negotiate();
    return true;
  }

  /** Begins a negotiation, or notes that another is due when one is under way. */
  negotiate(iceRestart = false): void {
    this.restartIce ||= iceRestart;
    if (this.pending) this.again = true;
    else void this.offer();
  }

  /** The WebSocket is back: an offer or answer may have been lost with the old one. */
  resume(): void {
    if (this.pending || this.pc.signalingState !== 'stable') {
      this.pending = this.again = false;
      this.negotiate();
    }
  }

  async answer(gen: number, sdp: string): Promise<void> {
    if (this.closed || gen !== this.gen || this.pc.signalingState !== 'have-local-offer') return;
    const mids = this.mids();
    try {
      await this.pc.setRemoteDescription({ type: 'answer', sdp: tuneOpus(sdp, { [mids.mic ?? '']: VOICE, [mids.sound ?? '']: SOUND }) });
    } catch {
      return this.emit('broken', undefined);
    }
    this.degrade('camera', 'balanced');
    this.degrade('screen', 'maintain-resolution');
    this.pending = false;
    this.emit('answered', undefined);
    if (this.again) {
      this.again = false;
      void this.offer();
    }
  }

  /** Where the voices come out; '' is the browser's default. */
  setSink(id: string): void {
    this.sink = id;
    for (const { type, element } of this.lines) if (type === 'audio') this.route(element);
  }

  /** Tries to play again, from inside a click. Nobody waits for it: play() of an empty slot is pending until it is filled. */
  unlock(): void {
    for (const { element } of this.lines) this.play(element);
  }

  close(): void {
    this.closed = true;
    for (const { element } of this.lines) {
      element.srcObject = null;
      element.remove();
    }
    this.pc.close();
  }

  private section(type: 'audio' | 'video', sendEncodings?: RTCRtpEncodingParameters[]): RTCRtpTransceiver {
    const init: RTCRtpTransceiverInit = { direction: 'sendonly', ...(sendEncodings ? { sendEncodings: sendEncodings.map((e) => ({ ...e })) } : {}) };
    const transceiver = this.pc.addTransceiver(type, init);
    prefer(transceiver, type);
    return transceiver;
  }

  private addLine(type: 'audio' | 'video'): void {
    const transceiver = this.pc.addTransceiver(type, { direction: 'recvonly' });
    prefer(transceiver, type);
    const element = document.createElement(type);
    element.autoplay = true;
    element.srcObject = new MediaStream([transceiver.receiver.track]);
    if (element instanceof HTMLVideoElement) {
      element.muted = true;
      element.playsInline = true;
      element.disableRemotePlayback = true;
    } else {
      this.route(element);
      this.play(element);
    }
    this.lines.push({ type, transceiver, element });
  }

  private play(element: HTMLMediaElement): void {
    element.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.emit('blocked', undefined);
    });
  }

  private route(element: HTMLMediaElement): void {
    if (!('setSinkId' in element)) return;
    // A loudspeaker that is gone falls back to the default.
    element.setSinkId(this.sink).catch(() => element.setSinkId('').catch(() => undefined));
  }

  private degrade(kind: Kind, preference: RTCDegradationPreference): void {
    void this.enqueue(kind, async (sender) => {
      await sender.setParameters({ ...sender.getParameters(), degradationPreference: preference } as RTCRtpSendParameters);
    });
  }

  private async offer(): Promise<void> {
    this.pending = true;
    const iceRestart = this.restartIce;
    this.restartIce = false;
    try {
      await this.pc.setLocalDescription(await this.pc.createOffer({ iceRestart }));
    } catch {
      if (!this.closed) this.emit('broken', undefined);
      return;
    }
    if (this.closed) return;
    this.emit('offer', { sdp: this.pc.localDescription?.sdp ?? '', gen: ++this.gen, mids: this.mids() });
  }

  /** setParameters and replaceTrack of one sender must not interleave. A refusal leaves things as they are. */
  private enqueue(kind: Kind, job: (sender: RTCRtpSender) => Promise<void>): Promise<void> {
    const next = (this.queues.get(kind) ?? Promise.resolve()).then(async () => {
      if (this.closed) return;
      try {
        await job(this.sender(kind));
      } catch {
        // Closed meanwhile, or a browser that does not know a parameter: what it sends now is still right.
      }
    });
    this.queues.set(kind, next);
    return next;
  }
}
