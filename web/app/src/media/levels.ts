/** How loud a microphone is, and whether somebody talks into one that is off. */

let context: AudioContext | null = null;

/** One AudioContext for the page: browsers allow only a few. It wakes by itself once the person has clicked. */
function audio(): AudioContext | null {
  if (typeof AudioContext === 'undefined') return null;
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume().catch(() => undefined);
  return context;
}

/** 0…1 on a scale that follows the ear: -60 dB and below is 0, -10 dB and above is 1. */
export function loudness(rms: number): number {
  if (rms <= 0) return 0;
  const db = 20 * Math.log10(rms);
  return Math.min(1, Math.max(0, (db + 60) / 50));
}

/** Calls `tell` with 0…1 every `every` milliseconds until the returned function is called. */
export function watchLevel(track: MediaStreamTrack, tell: (level: number) => void, every = 80): () => void {
  const ctx = audio();
  if (!ctx) return () => undefined;
  // A clone hears even while the original is muted.
  const ear = track.clone();
  ear.enabled = true;
  const source = ctx.createMediaStreamSource(new MediaStream([ear]));
  const analyser = ctx.createAnalyser();
  analyser.fftSize = 512;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (ctx.state === 'suspended') void ctx.resume().catch(() => undefined);
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const s of samples) sum += s * s;
    tell(loudness(Math.sqrt(sum / samples.length)));
  }, every);
  return () => {
    clearInterval(timer);
    source.disconnect();
    ear.stop();
  };
}

const SPEECH = 0.55;
const HOLD_MS = 700;
const QUIET_MS = 20_000;

/**
 * Says when a muted person has talked long enough to be told, and not again for a while. Pure: levels and times in.
 * A cough is short; speech keeps coming back within a second.
 */
export class MutedSpeech {
  private since = -1;
  private last = -Infinity;
  private told = -Infinity;

  feed(level: number, now: number): boolean {
    if (level < SPEECH) {
      if (now - this.last > 400) this.since = -1;
      return false;
    }
    this.last = now;
    if (this.since < 0) this.since = now;
    if (now - this.since < HOLD_MS || now - this.told < QUIET_MS) return false;
    this.told = now;
    return true;
  }
}

/** Two soft notes, so that one hears where the sound comes out. `sink` is the id of the loudspeaker, '' for the default. */
export async function playTestSound(sink: string): Promise<void> {
  const ctx = audio();
  if (!ctx) return;
  await ctx.resume();
  const out = ctx.createMediaStreamDestination();
  [523.25, 659.25, 783.99].forEach((frequency, i) => {
    const at = ctx.currentTime + 0.05 + i * 0.22;
    const tone = ctx.createOscillator();
    const gain = ctx.createGain();
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.25, at + 0.03);
    gain.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
    tone.connect(gain).connect(out);
    tone.start(at);
    tone.stop(at + 0.55);
  });
  const element = new Audio();
  element.srcObject = out.stream;
  if (sink && 'setSinkId' in element) await element.setSinkId(sink).catch(() => undefined);
  await element.play();
  setTimeout(() => (element.srcObject = null), 1500);
}
