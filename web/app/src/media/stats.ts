/** What getStats says, in the words of our slots. Nothing in it names a person, an address or a device. */
import type { SlotBook } from './book';
import type { Peer } from './peer';
import type { Kind } from './wire';

export interface SlotStats {
  mid: string;
  type: 'audio' | 'video';
  member: string;
  kind: string;
  layer: string;
  packetsReceived: number;
  packetsLost: number;
  bytesReceived: number;
  jitterBufferMs: number;
  framesDecoded: number;
  keyFramesDecoded: number;
  width: number;
  height: number;
  freezeCount: number;
  audioEnergy: number;
  /** Made up for what did not come; not the silence between spurts of speech. */
  concealedSamples: number;
  /** Frames of voices that came again with later ones (RED). */
  redundant: number;
  samples: number;
}

export interface SendStats {
  source: Kind;
  rid: string;
  active: boolean;
  packetsSent: number;
  bytesSent: number;
  framesEncoded: number;
  width: number;
  height: number;
  fps: number;
  limitation: string;
}

export interface MediaStats {
  at: number;
  media: RTCPeerConnectionState | 'none';
  roundTripMs: number | null;
  availableOutKbps: number | null;
  /** Kinds of the candidates in use, without their addresses; '' before there is a path. */
  path: { local: string; remote: string; protocol: string };
  slots: SlotStats[];
  sends: SendStats[];
}

// Browsers differ in what they report; everything is read as "maybe a number".
type Report = Record<string, unknown>;
const n = (v: unknown): number => (typeof v === 'number' && Number.isFinite(v) ? v : 0);
const s = (v: unknown): string => (typeof v === 'string' ? v : '');

export async function collectStats(peer: Peer | null, book: SlotBook): Promise<MediaStats> {
  const out: MediaStats = { at: performance.now(), media: peer?.pc.connectionState ?? 'none', roundTripMs: null, availableOutKbps: null, path: { local: '', remote: '', protocol: '' }, slots: [], sends: [] };
  if (!peer) return out;
  const reports: Report[] = [];
  (await peer.pc.getStats()).forEach((r: Report) => reports.push(r));
  for (const r of reports) {
    if (r.type === 'candidate-pair' && (r.nominated === true || r.selected === true) && r.state === 'succeeded') {
      out.roundTripMs = Math.round(n(r.currentRoundTripTime) * 1000);
      if (r.availableOutgoingBitrate !== undefined) out.availableOutKbps = Math.round(n(r.availableOutgoingBitrate) / 1000);
      const end = (id: unknown): Report => reports.find((x) => x.id === id) ?? {};
      const local = end(r.localCandidateId);
      out.path = { local: s(local.candidateType), remote: s(end(r.remoteCandidateId).candidateType), protocol: s(local.protocol) };
    }
  }
  out.slots = peer.lines.map((line) => slotStats(line.transceiver.mid ?? '', line, reports, book));
  const mids = peer.mids();
  for (const source of ['mic', 'camera', 'screen', 'sound'] as const) {
    const mid = mids[source] ?? '';
    for (const r of reports) if (r.type === 'outbound-rtp' && s(r.mid) === mid) out.sends.push(sendStats(source, peer, r));
  }
  return out;
}

function slotStats(mid: string, line: Peer['lines'][number], reports: Report[], book: SlotBook): SlotStats {
  const shown = book.get(mid);
  const track = line.transceiver.receiver.track.id;
  const r = reports.find((x) => x.type === 'inbound-rtp' && (s(x.mid) === mid || s(x.trackIdentifier) === track)) ?? {};
  const emitted = n(r.jitterBufferEmittedCount);
  return {
    mid, type: line.type, member: shown.id, kind: shown.kind, layer: shown.layer,
    packetsReceived: n(r.packetsReceived), packetsLost: n(r.packetsLost), bytesReceived: n(r.bytesReceived),
    jitterBufferMs: emitted > 0 ? Math.round((n(r.jitterBufferDelay) / emitted) * 1000) : 0,
    framesDecoded: n(r.framesDecoded), keyFramesDecoded: n(r.keyFramesDecoded), width: n(r.frameWidth), height: n(r.frameHeight),
    freezeCount: n(r.freezeCount), audioEnergy: n(r.totalAudioEnergy), concealedSamples: Math.max(n(r.concealedSamples) - n(r.silentConcealedSamples), 0), redundant: n(r.fecPacketsReceived), samples: n(r.totalSamplesReceived),
  };
}

function sendStats(source: Kind, peer: Peer, r: Report): SendStats {
  // Firefox does not report `active`; the sender's own parameters say it.
  const { encodings } = peer.sender(source).getParameters();
  const rid = s(r.rid);
  return {
    source, rid, active: (encodings.find((e) => e.rid === rid) ?? encodings[0])?.active ?? r.active !== false, packetsSent: n(r.packetsSent), bytesSent: n(r.bytesSent),
    framesEncoded: n(r.framesEncoded), width: n(r.frameWidth), height: n(r.frameHeight), fps: n(r.framesPerSecond),
    limitation: s(r.qualityLimitationReason),
  };
}
