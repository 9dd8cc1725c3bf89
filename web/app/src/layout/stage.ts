/**
 * Who is in the big place. Pinned wins, then shared screens (two at most), then, in speaker view, whoever leads the
 * talk: but nobody comes forward for a cough, and nobody leaves within two seconds of having come. Pure.
 */
export const HOLD_MS = 2_000;

export type View = 'grid' | 'speaker';

export interface StageInput {
  readonly view: View;
  /** Tile key, '' for none. */
  readonly pinned: string;
  /** Tile keys of shared screens, in the order in which they began. */
  readonly screens: readonly string[];
  /** Tile key of the dominant speaker, '' for none or oneself. */
  readonly speaker: string;
  /** Tile keys of the others' cameras by seat, then one's own. */
  readonly people: readonly string[];
}

export interface Stage {
  readonly keys: readonly string[];
  /** Who leads, kept also while something else is on the stage. */
  readonly leader: string;
  /** Since when (milliseconds). */
  readonly since: number;
}

export const NO_STAGE: Stage = { keys: [], leader: '', since: -Infinity };

/** The stage after this input. `recheck` is the time at which to ask again, 0 for never. */
export function nextStage(before: Stage, input: StageInput, now: number): { stage: Stage; recheck: number } {
  const present = (key: string): boolean => key !== '' && (input.people.includes(key) || input.screens.includes(key));
  let { leader, since } = before;
  let recheck = 0;
  if (!present(leader)) {
    leader = present(input.speaker) ? input.speaker : (input.people[0] ?? '');
    // Who stands there only because nobody has spoken yet makes way at once.
    since = leader === input.speaker ? now : -Infinity;
  } else if (input.speaker !== leader && present(input.speaker)) {
    if (now - since >= HOLD_MS) {
      leader = input.speaker;
      since = now;
    } else {
      recheck = since + HOLD_MS;
    }
  }
  const keys = present(input.pinned) ? [input.pinned]
    : input.screens.length > 0 ? input.screens.slice(0, 2)
      : input.view === 'speaker' && leader !== '' ? [leader] : [];
  return { stage: { keys, leader, since }, recheck };
}
