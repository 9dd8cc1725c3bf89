/** The last things that went wrong, for whoever has to find out why. Codes and times only: no names, no addresses, no texts. */
export interface Entry {
  /** Milliseconds of performance.now(). */
  readonly at: number;
  readonly what: string;
  /** How often it came in a row. */
  readonly times: number;
}

export const KEPT = 20;

export class Journal {
  private list: Entry[] = [];

  note(what: string, at = performance.now()): void {
    const last = this.list.at(-1);
    if (last?.what === what) this.list[this.list.length - 1] = { at, what, times: last.times + 1 };
    else this.list = [...this.list, { at, what, times: 1 }].slice(-KEPT);
  }

  get entries(): readonly Entry[] {
    return this.list;
  }
}
