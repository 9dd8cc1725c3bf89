/**
 * Which source is in which slot, and from which frame on.
 *
 * `slots` says that a section will carry another source from the frame with RTP timestamp `ts`. Until that frame is on
 * the screen the old picture is still shown, so the old name must stay with it. The book keeps the *promised* and the
 * *shown* source of every section; pure, so that it is tested without a browser.
 */
import type { Slot } from './wire';

export interface Shown {
  readonly id: string;
  readonly kind: string;
  readonly layer: string;
}

const EMPTY: Shown = { id: '', kind: '', layer: '' };

/** True when RTP timestamp `a` is at or after `b`, on the circle of 2^32. */
export const atOrAfter = (a: number, b: number): boolean => ((a - b) >>> 0) < 0x8000_0000;

export class SlotBook {
  private readonly shown = new Map<string, Shown>();
  private readonly promised = new Map<string, Slot>();

  /** Takes what `slots` said; returns the mids that wait for a frame (the others are shown already). */
  apply(slots: readonly Slot[]): string[] {
    const waiting: string[] = [];
    for (const slot of slots) {
      const now = this.get(slot.mid);
      const video = slot.kind === 'camera' || slot.kind === 'screen';
      if (slot.id === '' || !video || (now.id === slot.id && now.kind === slot.kind)) {
        this.commit(slot);
      } else {
        this.promised.set(slot.mid, slot);
        waiting.push(slot.mid);
      }
    }
    return waiting;
  }

  /** A frame came on the screen. Returns true when it is the first of the promised source. */
  frame(mid: string, rtpTimestamp: number): boolean {
    const slot = this.promised.get(mid);
    if (!slot || !atOrAfter(rtpTimestamp, slot.ts)) return false;
    this.commit(slot);
    return true;
  }

  /** Stops waiting: the frame is too late, or the browser does not say timestamps. */
  settle(mid: string): boolean {
    const slot = this.promised.get(mid);
    if (slot) this.commit(slot);
    return slot !== undefined;
  }

  /** True while a promised source has not been seen. */
  waits(mid: string): boolean {
    return this.promised.has(mid);
  }

  get(mid: string): Shown {
    return this.shown.get(mid) ?? EMPTY;
  }

  /** The section that shows this source now, '' for none. */
  find(id: string, kind: string): string {
    for (const [mid, shown] of this.shown) if (shown.id === id && shown.kind === kind) return mid;
    return '';
  }

  clear(): void {
    this.shown.clear();
    this.promised.clear();
  }

  private commit(slot: Slot): void {
    this.promised.delete(slot.mid);
    this.shown.set(slot.mid, slot.id === '' ? EMPTY : { id: slot.id, kind: slot.kind, layer: slot.layer });
  }
}
