/** What one chose to be sent, remembered in this browser, and whether the words about a weak line are still wanted. */
import { signal } from '@preact/signals';
import { read, write } from '../lib/storage';
import type { Quality } from '../media';

export const QUALITIES = ['auto', 'saver', 'voice'] as const satisfies readonly Quality[];

export const asQuality = (v: string | null): Quality => (v === 'saver' || v === 'voice' ? v : 'auto');

export class QualityChoice {
  readonly chosen = signal<Quality>(asQuality(read('quality')));
  /** The banner about the weak line was sent away; it comes back with the next weak line. */
  readonly hidden = signal(false);

  get voicesOnly(): boolean {
    return this.chosen.value === 'voice';
  }

  choose(next: Quality): void {
    this.chosen.value = next;
    write('quality', next === 'auto' ? null : next);
  }

  lineChanged(weak: boolean): void {
    if (!weak) this.hidden.value = false;
  }
}
