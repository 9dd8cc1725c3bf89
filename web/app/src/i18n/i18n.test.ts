import { afterEach, describe, expect, it } from 'vitest';
import { en } from './en';
import { fr } from './fr';
import { errorText, lang, pickLang, plural, t, type Key } from './index';

const keys = Object.keys(en) as Key[];
const marks = (s: string): string[] => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '').sort();

// docs/protocol.md, "Error codes".
const CODES = ['bad_message', 'version', 'hello_expected', 'already_joined', 'name_invalid', 'room_name_invalid', 'room_unknown', 'room_full', 'server_full', 'rooms_full', 'forbidden', 'rate_limited', 'too_big', 'line_full', 'offer_invalid', 'media_failed', 'chat_unsaved', 'shutting_down', 'internal'];

describe('translations', () => {
  afterEach(() => {
    lang.value = 'en';
  });

  it('are complete, without left-overs', () => {
    expect(Object.keys(fr).sort()).toEqual([...keys].sort());
    for (const key of keys) expect(fr[key].trim(), key).not.toBe('');
  });

  it('have the same placeholders', () => {
    for (const key of keys) expect(marks(fr[key]), key).toEqual(marks(en[key]));
  });

  it('are French: vouvoiement, typographic apostrophes, spaces before double signs', () => {
    for (const key of keys) {
      expect(fr[key], key).not.toMatch(/(?<!\p{L})(tu|ton|tes|toi)(?!\p{L})/iu);
      expect(fr[key], key).not.toContain("'");
      expect(fr[key], key).not.toMatch(/\p{L}[!?;:](\s|$)/u);
    }
  });

  it('have words for every error code of the protocol, and for one nobody knows', () => {
    for (const code of CODES) expect(keys).toContain(`error.${code}`);
    expect(errorText('room_full')).toBe(en['error.room_full']);
    expect(errorText('of_the_future')).toBe(en['error.internal']);
    expect(errorText('constructor')).toBe(en['error.internal']);
  });

  it('fill in and count', () => {
    expect(t('live.joined', { name: '{name} $& \\1' })).toBe('{name} $& \\1 sat down.');
    expect(plural('bar.people', 1)).toBe('1 person');
    expect(plural('bar.people', 3)).toBe('3 people');
    lang.value = 'fr';
    expect(plural('pre.inside', 0)).toBe('0 personne à table');
    expect(t('chat.send')).toBe('Envoyer');
  });

  it('are chosen by memory, then by the browser', () => {
    expect(pickLang('fr', ['en'])).toBe('fr');
    expect(pickLang(null, ['de-CH', 'fr-CA', 'en'])).toBe('fr');
    expect(pickLang('xx', ['de'])).toBe('en');
  });
});
