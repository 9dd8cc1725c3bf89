/** `ta('now.people')` is a text of the pages of accounts and of the admin, in the language of the page. */
import { fill, lang } from './index';
import { adminEn } from './admin.en';
import { adminFr } from './admin.fr';

export type AdminKey = keyof typeof adminEn;

export function ta(key: AdminKey, params?: Readonly<Record<string, string | number>>): string {
  return fill((lang.value === 'fr' ? adminFr : adminEn)[key], params);
}

export const hasWord = (stem: string, word: string): boolean => Object.hasOwn(adminEn, `${stem}.${word}`);

/** A text whose key the server makes, or the word itself when we have none. */
export const taWord = (stem: string, word: string, params?: Readonly<Record<string, string | number>>): string =>
  hasWord(stem, word) ? ta(`${stem}.${word}` as AdminKey, params) : word;

export const day = (at: string): string => new Intl.DateTimeFormat(lang.value, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

export function bytes(n: number): string {
  const step = n < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(n) / 3));
  return new Intl.NumberFormat(lang.value, { style: 'unit', unit: UNITS[step] as string, maximumFractionDigits: step ? 1 : 0 }).format(n / 1000 ** step);
}

export const number = (n: number, digits = 0): string => new Intl.NumberFormat(lang.value, { maximumFractionDigits: digits }).format(n);

/** Bits per second as Mbit/s. */
export const mbit = (n: number): string => `${number(n / 1e6, 1)} Mbit/s`;

/** How long, in its two largest units. */
export function span(seconds: number): string {
  const parts: [number, string][] = [[Math.floor(seconds / 86400), 'day'], [Math.floor(seconds / 3600) % 24, 'hour'], [Math.floor(seconds / 60) % 60, 'minute']];
  const shown = parts.filter(([n]) => n > 0).slice(0, 2);
  return (shown.length ? shown : [[0, 'minute'] as [number, string]]).map(([n, unit]) => new Intl.NumberFormat(lang.value, { style: 'unit', unit, unitDisplay: 'long' }).format(n)).join(' ');
}
