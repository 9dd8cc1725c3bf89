/** Markdown becomes elements, never HTML: what comes out is looked at as the tree that Preact is given. */
import type { VNode } from 'preact';
import { describe, expect, it } from 'vitest';
import { Markdown } from './render';

interface Seen {
  readonly tags: string[];
  readonly text: string;
  readonly attributes: Record<string, unknown>[];
}

function look(text: string, wiki: (t: string) => string | null = () => null): Seen {
  const seen: Seen = { tags: [], text: '', attributes: [] };
  let said = '';
  const walk = (n: unknown): void => {
    if (Array.isArray(n)) return n.forEach(walk);
    if (typeof n === 'string' || typeof n === 'number') return void (said += n);
    const v = n as VNode<Record<string, unknown>> | null;
    if (!v || typeof v !== 'object' || !('props' in v)) return;
    if (typeof v.type === 'string') {
      const { children, ...rest } = v.props;
      seen.tags.push(v.type);
      seen.attributes.push(rest);
    }
    walk(v.props.children);
  };
  walk(Markdown({ text, missingPicture: 'elsewhere', wiki }));
  return { ...seen, text: said };
}

describe('markdown', () => {
  it('becomes what it says', () => {
    const all = look('# T\n\nA **b** *c* ~~d~~ `e` [f](https://f.example)\n\n- [x] g\n- h\n\n1. i\n\n> j\n\n| k | l |\n| --- | --- |\n| m | n |\n\n```js\no\n```\n\n---\n');
    for (const tag of ['h1', 'p', 'strong', 'em', 's', 'code', 'a', 'ul', 'li', 'input', 'ol', 'blockquote', 'table', 'th', 'td', 'pre', 'hr']) expect(all.tags, tag).toContain(tag);
    expect(all.text.replace(/\s+/g, ' ')).toBe('TA b c d e fghijklmno');
  });

  it('shows HTML as the text that it is', () => {
    const bad = look('<script>alert(1)</script>\n\nx <img src=x onerror=alert(1)> <b>y</b>');
    expect(bad.tags.every((tag) => ['p'].includes(tag))).toBe(true);
    expect(bad.text).toContain('<script>alert(1)</script>');
    expect(bad.text).toContain('onerror');
  });

  it('makes no link and no picture of a dangerous address', () => {
    for (const text of ['[x](javascript:alert(1))', '<javascript:alert(1)>', '![x](javascript:alert(1))', '[x](data:text/html,1)', '[x](<//evil.example>)', '[x]: javascript:alert(1)\n\n[x]', '![x](https://evil.example/track.png)', 'www.javascript:1']) {
      const { tags, attributes } = look(text);
      expect(tags, text).not.toContain('img');
      for (const a of attributes) if ('href' in a) expect(String(a.href), text).toMatch(/^https:\/\//);
    }
  });

  it('shows pictures of this server, and leads to other pads by title', () => {
    expect(look('![cat](/api/v1/rooms/a/files/b/content?show)').attributes).toContainEqual(expect.objectContaining({ src: '/api/v1/rooms/a/files/b/content?show', alt: 'cat' }));
    const two = look('See [[Plan B]] and [[Nowhere]].', (title) => (title === 'Plan B' ? '/p/1' : null));
    expect(two.attributes).toContainEqual({ href: '/p/1' });
    expect(two.text).toBe('See Plan B and Nowhere.');
  });

  it('comes through anything', () => {
    const pieces = ['*', '**', '_', '`', '```\n', '[', ']', '(', ')', '<', '>', '#', '|', '\n', '- ', '1. ', '> ', '![', '[[', ']]', '\\', '&amp;', '😀', 'a', '  ', '\t', '---', '- [ ] ', '\u0000'];
    let seed = 11;
    const r = (n: number): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % n;
    for (let i = 0; i < 500; i++) expect(() => look(Array.from({ length: r(60) }, () => pieces[r(pieces.length)]).join(''))).not.toThrow();
  });
});
