/// <reference types="node" />
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const DIST = new URL('../../dist/', import.meta.url);
/** Bytes, compressed: what a phone fetches before anything is seen. */
const BUDGET = 60 * 1024;

const bytes = (name: string): Buffer => readFileSync(new URL(`${name}.gz`, DIST));
const text = (name: string): string => gunzipSync(bytes(name)).toString('utf8');

/** Everything that index.html fetches at once: what it names, and what its scripts import statically. */
function firstLoad(): string[] {
  return withImports([...text('index.html').matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((m) => m[1] ?? ''), ['index.html']);
}

/** These files and what they import statically. */
function withImports(queue: string[], known: string[] = []): string[] {
  const seen = new Set(known);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (name.endsWith('.js')) for (const m of text(name).matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) queue.push(`assets/${m[1]}`);
  }
  return [...seen];
}

describe('the built page', () => {
  it('loads in 60 KB', () => {
    const files = firstLoad();
    expect(files.length).toBeGreaterThanOrEqual(3);
    const sizes = files.map((f) => [f, bytes(f).length] as const);
    expect(sizes.reduce((n, [, size]) => n + size, 0), JSON.stringify(sizes)).toBeLessThanOrEqual(BUDGET);
  });

  it('keeps the QR code out of the first load', () => {
    const lazy = readdirSync(new URL('assets/', DIST)).filter((f) => f.startsWith('qr-'));
    expect(lazy).toHaveLength(1);
    expect(firstLoad().some((f) => f.includes('qr-'))).toBe(false);
  });

  it('fetches a pad in 190 KB more, and a whiteboard in 15 KB more than that', () => {
    const named = (stem: string): string[] => readdirSync(new URL('assets/', DIST)).filter((f) => f.startsWith(`${stem}-`) && f.endsWith('.js.gz')).map((f) => `assets/${f.replace(/\.gz$/, '')}`);
    const first = firstLoad();
    const pad = withImports(named('pad'));
    const board = withImports(named('board'));
    expect(named('pad')).toHaveLength(1);
    expect(named('board')).toHaveLength(1);
    const more = (files: string[], than: string[]): number => files.filter((f) => !than.includes(f)).reduce((n, f) => n + bytes(f).length, 0);
    expect(more(pad, first)).toBeLessThanOrEqual(190 * 1024);
    expect(more(board, [...first, ...pad])).toBeLessThanOrEqual(15 * 1024);
    expect(first.some((f) => pad.includes(f) && named('pad').includes(f))).toBe(false);
  });

  it('has no inline script or style, and names no other host', () => {
    const html = text('index.html');
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
    for (const file of firstLoad()) {
      const hosts = [...text(file).matchAll(/https?:\/\/([a-z0-9][a-z0-9.-]*)/gi)].map((m) => m[1]);
      expect(hosts.filter((h) => h !== 'www.w3.org'), file).toEqual([]);
    }
  });
});
