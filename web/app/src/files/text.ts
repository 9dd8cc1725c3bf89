/** Words of the files' pages, and numbers in words. */
import { dictionary, lang } from '../i18n';
import { en } from './en';
import { fr } from './fr';

export const tf = dictionary(en, fr);

/** What an error code means here. */
export const fileError = (code: string): string => tf(`error.${code}`) || tf('error.internal');

const UNITS = { en: ['B', 'KB', 'MB', 'GB', 'TB'], fr: ['o', 'Ko', 'Mo', 'Go', 'To'] } as const;

/** 1,536 is “1.5 KB”, “1,5 Ko”. */
export function bytes(n: number): string {
  const units = UNITS[lang.value];
  let i = 0;
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1024;
  const digits = i === 0 || n >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(lang.value, { maximumFractionDigits: digits }).format(n)} ${units[i]}`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return tf('seconds', { n: Math.max(1, Math.ceil(seconds)) });
  if (seconds < 5400) return tf('minutes', { n: Math.round(seconds / 60) });
  return tf('hours', { n: Math.round(seconds / 3600) });
}

export const day = (at: string | number): string => new Intl.DateTimeFormat(lang.value, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));
