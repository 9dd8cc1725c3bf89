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

/** Longer texts are cut into words at what is no letter or digit: as a reader does it would hold the page up for a second. */
const SEGMENT_MOST = 200_000;

/** Whether a UTF-16 unit is of a word, roughly: all that is not ASCII, but spaces, punctuation and pictures. */
const ofWord = (c: number): boolean => (c < 128 ? (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) : c >= 0xc0 && (c < 0x2000 || c > 0x206f) && (c < 0x3000 || c > 0x303f) && (c < 0xd800 || c > 0xdfff));

/** Words and characters by one look at each unit: a few milliseconds for a million. */
function countFast(text: string): { words: number; chars: number } {
  let [words, chars, inside] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if ((c & 0xfc00) !== 0xdc00) chars++;
    // An apostrophe or a hyphen holds a word together.
    const word = ofWord(c) || (inside && (c === 39 || c === 45 || c === 0x2019));
    if (word && !inside) words++;
    inside = word;
  }
  return { words, chars };
}

/** Words and characters, as a reader counts them. */
export function count(text: string): { words: number; chars: number } {
  const fast = countFast(text);
  if (text.length > SEGMENT_MOST || !('Segmenter' in Intl)) return fast;
  let words = 0;
  for (const s of new Intl.Segmenter(lang.value, { granularity: 'word' }).segment(text)) if (s.isWordLike) words++;
  return { ...fast, words };
}
