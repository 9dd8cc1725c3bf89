/**
 * Languages. `t('chat.send')` is the text in the language of the page; a missing key is a type error, a missing
 * placeholder too. Components that call `t` are drawn again when the language changes.
 */
import { signal } from '@preact/signals';
import { en } from './en';
import { fr } from './fr';
import { read, write } from '../lib/storage';

export type Key = keyof typeof en;
export type Lang = 'en' | 'fr';
/** Keys that come as `_one` and `_other`. */
type PluralKey = { [K in Key]: K extends `${infer Stem}_other` ? Stem : never }[Key];

/** The {placeholders} of a text. */
type Names<T extends string> = T extends `${string}{${infer N}}${infer Rest}` ? N | Names<Rest> : never;
type Params<K extends Key> = [Names<(typeof en)[K]>] extends [never] ? [] : [{ readonly [N in Names<(typeof en)[K]>]: string | number }];

export const LANGS: Readonly<Record<Lang, string>> = { en: 'English', fr: 'Français' };
const TEXTS: Readonly<Record<Lang, Readonly<Record<Key, string>>>> = { en, fr };

export const isLang = (v: string | null | undefined): v is Lang => v === 'en' || v === 'fr';

/** The remembered language, else the first of the browser's that we speak, else English. */
export function pickLang(remembered: string | null, wished: readonly string[]): Lang {
  if (isLang(remembered)) return remembered;
  for (const w of wished) {
    const base = w.toLowerCase().split('-')[0];
    if (isLang(base)) return base;
  }
  return 'en';
}

export const lang = signal<Lang>(pickLang(read('lang'), typeof navigator === 'undefined' ? [] : navigator.languages ?? []));

export function setLang(next: Lang): void {
  lang.value = next;
  write('lang', next);
}

export function fill(text: string, params: Readonly<Record<string, string | number>> | undefined): string {
  return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(params, name) ? String(params[name]) : whole)) : text;
}

export function t<K extends Key>(key: K, ...params: Params<K>): string {
  return fill(TEXTS[lang.value][key], params[0]);
}

/** The texts of a lazy part: `_one` and `_other` are forms for `count`. */
export function dictionary<T extends Readonly<Record<string, string>>>(english: T, french: Readonly<Record<keyof T, string>>) {
  return (key: keyof T | (string & {}), params?: Readonly<Record<string, string | number>>): string => {
    const texts: Readonly<Record<string, string>> = lang.value === 'fr' ? french : english;
    const form = params && 'count' in params && new Intl.PluralRules(lang.value).select(Number(params.count)) === 'one' ? '_one' : '_other';
    return fill(texts[key as string] ?? texts[`${String(key)}${form}`] ?? '', params);
  };
}

/** The form for this number: `plural('bar.people', 3)`. French says 0 and 1 in the singular. */
export function plural(key: PluralKey, count: number): string {
  const form = new Intl.PluralRules(lang.value).select(count) === 'one' ? 'one' : 'other';
  return fill(TEXTS[lang.value][`${key}_${form}` as Key], { count });
}

/** A server's error code in words that say what to do. */
export function errorText(code: string): string {
  const key = `error.${code}`;
  return TEXTS[lang.value][(Object.hasOwn(en, key) ? key : 'error.internal') as Key];
}

/** Hours and minutes, in the language of the page. */
export function clock(at: number): string {
  return new Intl.DateTimeFormat(lang.value, { hour: '2-digit', minute: '2-digit' }).format(at);
}
