/**
 * Microphone, camera, loudspeaker: what there is, what is chosen, what is on, and what went wrong in words that the
 * page can explain.
 *
 * A muted microphone keeps its track (disabled, so that it sends silence): unmuting must be instant, and the "you are
 * muted" hint needs something to listen to. A camera that is off is stopped, so that its light goes out.
 * Device ids are remembered in this browser; labels and ids are never sent anywhere.
 */
import { Emitter } from './emitter';
import { read, write } from '../lib/storage';

export type Problem = 'denied' | 'denied-by-system' | 'in-use' | 'not-found' | 'insecure' | 'other';
export type Device = 'mic' | 'camera';
export type Picker = Device | 'speaker';

export interface Failure {
  readonly device: Device | 'both';
  readonly problem: Problem;
}

export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface DeviceEvents {
  /** Something about tracks, lists or failures changed. */
  change: void;
  /** A device came or went while it was not in use; `label` is for the person's own eyes. */
  plugged: { readonly picker: Picker; readonly label: string };
}

/** What a getUserMedia rejection means (Media Capture and Streams, section 10.2.1; browsers differ in detail). */
export function explain(error: unknown): Problem {
  const name = error instanceof Error || (typeof DOMException !== 'undefined' && error instanceof DOMException) ? error.name : '';
  const text = error instanceof Error ? error.message : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return /system/i.test(text) ? 'denied-by-system' : 'denied';
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'in-use';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'not-found';
    default:
      return 'other';
  }
}

const AUDIO: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: { ideal: 1 } };
// Three simulcast layers need 960x540 at least (Chromium); below that the browser sends fewer.
const VIDEO: MediaTrackConstraints = { width: { min: 320, ideal: 1280 }, height: { min: 180, ideal: 720 }, frameRate: { ideal: 25, max: 30 } };

const KINDS: Record<Picker, MediaDeviceKind> = { mic: 'audioinput', camera: 'videoinput', speaker: 'audiooutput' };

export class Devices extends Emitter<DeviceEvents> {
  mic: MediaStreamTrack | null = null;
  camera: MediaStreamTrack | null = null;
  micOn = false;
  cameraOn = false;
  starting = false;
  failure: Failure | null = null;
  lists: Record<Picker, readonly Choice[]> = { mic: [], camera: [], speaker: [] };
  private listening = false;

  /** False on a page that is not served over HTTPS (nor from this machine): no browser gives devices there. */
  get possible(): boolean {
    return typeof navigator !== 'undefined' && navigator.mediaDevices?.getUserMedia !== undefined;
  }

  get canShare(): boolean {
    return this.possible && typeof navigator.mediaDevices.getDisplayMedia === 'function';
  }

  get canPickSpeaker(): boolean {
    return typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;
  }

  chosen(picker: Picker): string {
    return read(`device.${picker}`) ?? '';
  }

  /** Turns on what is wished, asking for both with one question where both are. Failures are in `failure`. */
  async start(wish: { mic: boolean; camera: boolean }): Promise<void> {
    if (!this.possible) return this.fail({ device: 'both', problem: 'insecure' });
    this.starting = true;
    this.failure = null;
    this.emit('change', undefined);
    const mic = wish.mic && !this.mic;
    const camera = wish.camera && !this.camera;
    if (mic && camera) await this.openBoth();
    else if (mic) await this.open('mic');
    else if (camera) await this.open('camera');
    this.setEnabled('mic', wish.mic && this.mic !== null);
    this.setEnabled('camera', wish.camera && this.camera !== null);
    this.starting = false;
    this.listen();
    await this.refresh();
  }

  /** Switches a device on or off; opens it when needed. Returns whether it is on afterwards. */
  async set(device: Device, on: boolean): Promise<boolean> {
    if (on && !this.track(device)) {
      if (!this.possible) this.fail({ device, problem: 'insecure' });
      else await this.open(device);
    }
    if (!on && device === 'camera') this.release('camera');
    this.setEnabled(device, on && this.track(device) !== null);
    this.listen();
    await this.refresh();
    return device === 'mic' ? this.micOn : this.cameraOn;
  }

  /** Remembers a choice and, when that device is on, changes to it. */
  async choose(picker: Picker, id: string): Promise<void> {
    write(`device.${picker}`, id || null);
    if (picker !== 'speaker' && (picker === 'mic' ? this.mic !== null : this.cameraOn)) {
      const on = picker === 'mic' ? this.micOn : true;
      await this.open(picker);
      this.setEnabled(picker, on && this.track(picker) !== null);
    }
    this.emit('change', undefined);
  }

  stop(): void {
    this.release('mic');
    this.release('camera');
    this.micOn = this.cameraOn = false;
    this.emit('change', undefined);
  }

  clearFailure(): void {
    this.failure = null;
    this.emit('change', undefined);
  }

  /** Reads the lists again. Labels are empty until the person has given leave once. */
  async refresh(): Promise<void> {
    try {
      const all = this.possible ? await navigator.mediaDevices.enumerateDevices() : [];
      const of = (picker: Picker): Choice[] => all
        .filter((d) => d.kind === KINDS[picker] && d.deviceId !== '' && d.deviceId !== 'communications')
        .map((d, i) => ({ id: d.deviceId, label: d.label || `${i + 1}` }));
      this.lists = { mic: of('mic'), camera: of('camera'), speaker: of('speaker') };
    } catch {
      // A browser that will not list devices still has its defaults.
    }
    this.emit('change', undefined);
  }

  private track(device: Device): MediaStreamTrack | null {
    return device === 'mic' ? this.mic : this.camera;
  }

  private constraints(device: Device): MediaTrackConstraints {
    const id = this.chosen(device);
    // `ideal`, not `exact`: a remembered headset that stayed at the office must not keep anybody out.
    return { ...(device === 'mic' ? AUDIO : VIDEO), ...(id ? { deviceId: { ideal: id } } : {}) };
  }

  private async openBoth(): Promise<void> {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: this.constraints('mic'), video: this.constraints('camera') });
      this.take('mic', stream.getAudioTracks()[0]);
      this.take('camera', stream.getVideoTracks()[0]);
    } catch (error) {
      const problem = explain(error);
      if (problem === 'denied') return this.fail({ device: 'both', problem });
      // One of the two is missing or busy: the other may well work.
      await this.open('mic');
      const first = this.failure;
      await this.open('camera');
      if (first && this.failure) this.fail({ device: 'both', problem: this.failure.problem });
      else if (first) this.fail(first);
    }
  }

  private async open(device: Device): Promise<void> {
    try {
      const want = this.constraints(device);
      // The old device first: some machines can open a camera only once.
      if (device === 'camera') this.release('camera');
      const stream = await navigator.mediaDevices.getUserMedia(device === 'mic' ? { audio: want } : { video: want });
      this.take(device, stream.getTracks()[0]);
      if (this.failure?.device === device || this.failure?.device === 'both') this.failure = null;
    } catch (error) {
      this.fail({ device, problem: explain(error) });
    }
  }

  private take(device: Device, track: MediaStreamTrack | undefined): void {
    if (!track) return;
    this.release(device);
    if (device === 'mic') this.mic = track;
    else this.camera = track;
    track.contentHint = device === 'mic' ? 'speech' : 'motion';
    track.addEventListener('ended', () => void this.ended(device, track));
  }

  /** The device was pulled out, or the leave taken back: try what else there is, else say so. */
  private async ended(device: Device, track: MediaStreamTrack): Promise<void> {
    if (this.track(device) !== track) return;
    const on = device === 'mic' ? this.micOn : this.cameraOn;
    this.release(device);
    if (on) await this.open(device);
    this.setEnabled(device, on && this.track(device) !== null);
    await this.refresh();
  }

  private setEnabled(device: Device, on: boolean): void {
    const track = this.track(device);
    if (track) track.enabled = on;
    if (device === 'mic') this.micOn = on;
    else this.cameraOn = on;
    this.emit('change', undefined);
  }

  private release(device: Device): void {
    const track = this.track(device);
    if (device === 'mic') this.mic = null;
    else this.camera = null;
    track?.stop();
  }

  private fail(failure: Failure): void {
    this.failure = failure;
    this.starting = false;
    this.emit('change', undefined);
  }

  private listen(): void {
    if (this.listening || !this.possible) return;
    this.listening = true;
    navigator.mediaDevices.addEventListener('devicechange', () => void this.plugged());
  }

  private async plugged(): Promise<void> {
    const before = this.lists;
    await this.refresh();
    for (const picker of ['mic', 'camera', 'speaker'] as const) {
      const fresh = this.lists[picker].find((d) => d.id !== 'default' && !before[picker].some((b) => b.id === d.id));
      if (!fresh || before[picker].length === 0) continue;
      this.emit('plugged', { picker, label: fresh.label });
      // The one that the person chose earlier is back: use it again.
      if (fresh.id === this.chosen(picker)) await this.choose(picker, fresh.id);
    }
  }
}
