/**
 * Decides when interrupted media is repaired, and how: first an ICE restart on the same PeerConnection (cheap, and
 * nothing is lost), then a wholly new one. States in, two callbacks out.
 *
 *   disconnected 2 s, failed, or network changed → restart → not connected 5 s later → renew (then 5, 10, 20, 30 s)
 */
export const DISCONNECTED_MS = 2_000;
export const RESTART_MS = 5_000;
export const FIRST_MS = 10_000;
const RENEW_MS = [5_000, 10_000, 20_000, 30_000] as const;

export class MediaWatch {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private renewals = 0;
  private connected = false;
  private restarting = false;

  constructor(private readonly act: { restart(): void; renew(): void; connected(): boolean }) {}

  /** A new PeerConnection was made. */
  begin(): void {
    this.connected = false;
    this.restarting = false;
    const patience = this.renewals === 0 ? FIRST_MS : (RENEW_MS[Math.min(this.renewals, RENEW_MS.length) - 1] ?? 30_000) + RESTART_MS;
    this.after(patience, () => this.renew());
  }

  /** RTCPeerConnection.connectionState changed. */
  state(state: RTCPeerConnectionState): void {
    if (state === 'connected') {
      this.connected = true;
      this.restarting = false;
      this.renewals = 0;
      clearTimeout(this.timer);
    } else if (state === 'disconnected' && this.connected && !this.restarting) {
      this.after(DISCONNECTED_MS, () => this.restart());
    } else if (state === 'failed') {
      if (this.restarting || !this.connected) this.after(RENEW_MS[Math.min(this.renewals, 3)] ?? 30_000, () => this.renew());
      else this.restart();
    }
  }

  /** The machine's network changed: the old path is probably dead, do not wait to see it. */
  network(): void {
    if (this.connected && !this.restarting) this.restart();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private restart(): void {
    this.restarting = true;
    this.after(RESTART_MS, () => (this.act.connected() ? this.state('connected') : this.renew()));
    this.act.restart();
  }

  private renew(): void {
    this.renewals++;
    this.connected = false;
    clearTimeout(this.timer);
    this.act.renew();
  }

  private after(ms: number, then: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, ms);
  }
}
