/** What a person chose to see of one pad. Each view of a pad has its own. */
import { signal } from '@preact/signals';
import { read, write } from '../lib/storage';

export type Mode = 'edit' | 'plain' | 'preview' | 'history';
export type Side = 'comments' | 'contents' | null;

export class PadView {
  readonly mode = signal<Mode>(read('pad.plain') === 'on' ? 'plain' : 'edit');
  readonly side = signal<Side>(null);
  readonly colors = signal(read('pad.colors') === 'on');
  /** Yjs client of the person who is followed, 0 for nobody. */
  readonly following = signal(0);
  readonly thread = signal('');
  /** The stretch of text that a new comment is about. */
  readonly draft = signal<readonly [number, number] | null>(null);
  readonly dialog = signal<'share' | 'delete' | null>(null);
  /** A sentence for a while, that somebody can put away. */
  readonly notice = signal('');

  setPlain(on: boolean): void {
    this.mode.value = on ? 'plain' : 'edit';
    write('pad.plain', on ? 'on' : null);
  }

  setColors(on: boolean): void {
    this.colors.value = on;
    write('pad.colors', on ? 'on' : null);
  }
}
