/** Words of the pads' pages. */
import { dictionary, lang } from '../i18n';
import { en } from './en';
import { fr } from './fr';

export const tp = dictionary(en, fr);

/** What an error code means here. */
export const padError = (code: string): string => tp(`error.${code}`) || tp('error.internal');

export const moment = (at: number): string => new Intl.DateTimeFormat(lang.value, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
export const day = (at: number): string => new Intl.DateTimeFormat(lang.value, { dateStyle: 'long' }).format(at);

const STEPS = [[60, 'second', 1], [3600, 'minute', 60], [86400, 'hour', 3600], [30 * 86400, 'day', 86400]] as const;

/** “3 hours ago”; a date when it is long ago. */
export function ago(at: number, now: number): string {
  const s = Math.max(0, (now - at) / 1000);
  if (s < 45) return tp('justNow');
  for (const [below, unit, size] of STEPS) {
    if (s < below) return new Intl.RelativeTimeFormat(lang.value, { numeric: 'auto' }).format(-Math.round(s / size), unit);
  }
  return new Intl.DateTimeFormat(lang.value, { dateStyle: 'medium' }).format(at);
}

/** Longer texts are cut into words at spaces: word by word as a reader does would hold the page up for a second. */
const SEGMENT_MOST = 200_000;

/** Words and characters, as a reader counts them. */
export function count(text: string): { words: number; chars: number } {
  let words = 0;
  if (text.length <= SEGMENT_MOST && 'Segmenter' in Intl) {
    for (const s of new Intl.Segmenter(lang.value, { granularity: 'word' }).segment(text)) if (s.isWordLike) words++;
  } else words = text.split(/\s+/).filter((w) => /[\p{L}\p{N}]/u.test(w)).length;
  return { words, chars: [...text].length };
}
