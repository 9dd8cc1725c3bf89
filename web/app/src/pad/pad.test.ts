/// <reference types="node" />
import { EditorState, EditorSelection } from '@codemirror/state';
import { readFileSync, readdirSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { deltaToChanges, replaceText } from './binding';
import { en } from './en';
import { format, type Format } from './format';
import { fr } from './fr';
import { continuation } from './markdown';
import { moved } from './plain';
import { headings, safeAddress } from './render';
import { count } from './text';

let text: Y.Text;
beforeEach(() => {
  text = new Y.Doc().getText('text');
});

/** A small random source with a seed, so that a failure can be looked at again. */
function random(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

describe('the editor and the shared text', () => {
  it('are the same after any changes of others', () => {
    const r = random(7);
    let state = EditorState.create({ doc: '', extensions: [EditorState.lineSeparator.of('\n')] });
    text.observe((e) => {
      state = state.update({ changes: deltaToChanges(e.delta) }).state;
    });
    for (let i = 0; i < 400; i++) {
      text.doc?.transact(() => {
        for (let k = 0; k <= r(3); k++) {
          if (r(3) > 0 || text.length < 4) text.insert(r(text.length + 1), ['a', 'bc\n', 'é', '\r\nx'][r(4)] ?? 'z');
          else text.delete(r(text.length - 2), 1 + r(2));
        }
      });
      expect(state.doc.toString()).toBe(text.toString());
    }
  });

  it('take what a text field gives as one small change', () => {
    const r = random(3);
    const pieces = ['a', 'b', '\n', '😀', '😁', 'é'];
    let was = '';
    for (let i = 0; i < 600; i++) {
      const chars = [...was];
      chars.splice(r(chars.length + 1), r(3), ...Array.from({ length: r(3) }, () => pieces[r(pieces.length)] ?? ''));
      const next = chars.join('');
      replaceText(text, next, null);
      expect(text.toString()).toBe(next);
      was = next;
    }
    for (const [before, after] of [[4_090, 4_102], [4_096, 8_192], [0, 12_288], [12_288, 0], [4_095, 4_097]] as const) {
      for (const middle of ['y', 'x', '', 'xyx']) {
        const next = `${'x'.repeat(before)}${middle}${'x'.repeat(after)}`;
        replaceText(text, next, null);
        expect(text.toString() === next, `${before} ${middle} ${after}`).toBe(true);
      }
    }
  });

  it('never cut a character of two units in two', () => {
    text.insert(0, 'x😀y');
    const deltas: unknown[] = [];
    text.observe((e) => deltas.push(...e.delta.map((d) => d.insert ?? '').filter((s) => typeof s === 'string')));
    replaceText(text, 'x😁y', null);
    expect(text.toString()).toBe('x😁y');
    for (const d of deltas) expect(String(d)).not.toMatch(/\p{Surrogate}/u);
  });

  it('keep the place of a text field’s cursor', () => {
    expect(moved(5, [{ retain: 2 }, { insert: 'abc' }])).toBe(8);
    expect(moved(5, [{ retain: 7 }, { insert: 'abc' }])).toBe(5);
    expect(moved(5, [{ retain: 1 }, { delete: 2 }])).toBe(3);
    expect(moved(5, [{ retain: 3 }, { delete: 9 }])).toBe(3);
    expect(moved(0, [{ insert: 'abc' }])).toBe(3);
  });
});

const words = { column: 'Column', linkText: 'text' };
function after(doc: string, from: number, to: number, ...what: Format[]): string {
  let state = EditorState.create({ doc, selection: EditorSelection.range(from, to) });
  for (const w of what) state = state.update(format(state, w, words)).state;
  const { from: a, to: b } = state.selection.main;
  const s = state.doc.toString();
  return `${s.slice(0, a)}[${s.slice(a, b)}]${s.slice(b)}`;
}

describe('the toolbar', () => {
  it('puts marks around words and takes them off again', () => {
    expect(after('one two', 4, 7, 'bold')).toBe('one **[two]**');
    expect(after('one two', 4, 7, 'bold', 'bold')).toBe('one [two]');
    expect(after('one two', 5, 5, 'italic')).toBe('one *[two]*');
    expect(after('one two', 4, 7, 'bold', 'italic')).toBe('one ***[two]***');
    expect(after('one two', 4, 7, 'bold', 'italic', 'italic')).toBe('one **[two]**');
    expect(after('one **two**', 4, 11, 'bold')).toBe('one [two]');
    expect(after('', 0, 0, 'bold')).toBe('**[]**');
  });

  it('makes lines of lists, tasks, quotations and headings, and back', () => {
    expect(after('a\nb', 0, 3, 'bullets')).toBe('- [a\n- b]');
    expect(after('a\nb', 0, 3, 'bullets', 'numbers')).toBe('1. [a\n2. b]');
    expect(after('a\nb', 0, 3, 'tasks', 'tasks')).toBe('[a\nb]');
    expect(after('- a', 3, 3, 'tasks')).toBe('- [ ] a[]');
    expect(after('a', 1, 1, 'heading')).toBe('# a[]');
    expect(after('a', 1, 1, 'heading', 'heading', 'heading', 'heading')).toBe('a[]');
    expect(after('', 0, 0, 'quote')).toBe('> []');
  });

  it('makes links, tables and code', () => {
    expect(after('see here', 4, 8, 'link')).toBe('see [here](https://[])');
    expect(after('https://a.example', 0, 17, 'link')).toBe('[[text]](https://a.example)');
    expect(after('a', 1, 1, 'table')).toContain('a\n\n| [Column 1] | Column 2');
    expect(after('x = 1', 0, 5, 'block')).toBe('```\n[x = 1]\n```');
  });

  it('goes on with lists by Enter, and ends them', () => {
    expect(continuation('- a')).toEqual({ begin: '- ', empty: false });
    expect(continuation('  9. a')).toEqual({ begin: '  10. ', empty: false });
    expect(continuation('- [x] done')).toEqual({ begin: '- [ ] ', empty: false });
    expect(continuation('- ')).toEqual({ begin: '- ', empty: true });
    expect(continuation('> a')).toEqual({ begin: '> ', empty: false });
    expect(continuation('a - b')).toBeNull();
  });
});

describe('the preview', () => {
  it.each(['javascript:alert(1)', 'JaVaScRiPt:x', 'data:text/html,x', 'vbscript:x', '//evil.example', '/\\evil.example', 'https://good@evil.example', ' javascript:x', 'file:///etc'])('makes no link of %s', (address) => {
    expect(safeAddress(address)).toBeNull();
  });

  it('makes links of what leads where it says', () => {
    expect(safeAddress('https://a.example/x')).toBe('https://a.example/x');
    expect(safeAddress('/p/abc')).toBe('/p/abc');
    expect(safeAddress('#agenda')).toBe('#agenda');
  });

  it('knows the headings', () => {
    expect(headings('# A\n\ntext\n\n## B ##\n\nC\n==\n').map((h) => [h.level, h.text])).toEqual([[1, 'A'], [2, 'B'], [1, 'C']]);
    expect(headings('```\n# no\n```')).toEqual([]);
    // A very long text is looked through line by line, and gives the same.
    const some = '# A\n\ntext\n\n```\n# no\n```\n\n   ## B ##\n\n~~~~\n~~~\n# no\n~~~~\n#hash\n\n### C *d*\n';
    const far = `${some}\n${'words and words\n'.repeat(15_000)}`;
    expect(headings(far)).toEqual(headings(some));
    expect(headings(some)).toHaveLength(3);
  });

  it('are counted, short or long', () => {
    const some = 'L’été, il fait très chaud — 35 degrés ! 😀\n- [ ] aujourd\'hui\n';
    expect(count(some)).toEqual({ words: 8, chars: [...some].length });
    expect(count(some.repeat(5_000))).toEqual({ words: 40_000, chars: [...some].length * 5_000 });
  });
});

describe('the words of pads', () => {
  const keys = Object.keys(en) as (keyof typeof en)[];
  const marks = (s: string): string[] => [...s.matchAll(/\{(\w+)\}|\$/g)].map((m) => m[0]).sort();

  it('are complete in both languages, with the same placeholders', () => {
    expect(Object.keys(fr).sort()).toEqual([...keys].sort());
    for (const key of keys) expect(marks(fr[key]), key).toEqual(marks(en[key]));
  });

  it('are French: vouvoiement, typographic apostrophes, spaces before double signs', () => {
    for (const key of keys) {
      expect(fr[key], key).not.toMatch(/(?<!\p{L})(tu|ton|tes|toi)(?!\p{L})/iu);
      expect(fr[key], key).not.toContain("'");
      expect(fr[key], key).not.toMatch(/\p{L}[!?;:](\s|$)/u);
    }
  });

  it('are there for every key that the sources name', () => {
    for (const folder of ['../pad/', '../board/']) {
      const url = new URL(folder, import.meta.url);
      for (const file of readdirSync(url).filter((f) => /\.tsx?$/.test(f) && !f.includes('.test.'))) {
        for (const [, key = ''] of readFileSync(new URL(file, url), 'utf8').matchAll(/\btp\('([\w.]+)'/g)) {
          expect(key in en || `${key}_other` in en, `${file}: ${key}`).toBe(true);
        }
      }
    }
  });
});
