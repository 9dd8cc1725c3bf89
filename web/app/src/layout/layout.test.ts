import { describe, expect, it } from 'vitest';
import { arrange, GAP, PAGE_UPRIGHT } from './arrange';
import { largestTile, NEARLY, type Rect } from './grid';
import { HOLD_MS, NO_STAGE, nextStage, type Stage, type StageInput } from './stage';

const SIZES: [number, number][] = [
  [1264, 710], [1920, 1000], [352, 660], [360, 600], [740, 280], [640, 320], [912, 700], [390, 780], [2560, 1300], [500, 500], [320, 420],
];
const keys = (n: number): string[] => Array.from({ length: n }, (_, i) => `k${i}`);
const EPS = 0.01;

function checkInside(rects: Iterable<Rect>, width: number, height: number): void {
  for (const r of rects) {
    expect(r.w).toBeGreaterThan(0);
    expect(r.h).toBeGreaterThan(0);
    expect(r.x).toBeGreaterThanOrEqual(-EPS);
    expect(r.y).toBeGreaterThanOrEqual(-EPS);
    expect(r.x + r.w).toBeLessThanOrEqual(width + EPS);
    expect(r.y + r.h).toBeLessThanOrEqual(height + EPS);
  }
}

function checkApart(rects: Rect[]): void {
  rects.forEach((a, i) => rects.slice(i + 1).forEach((b) => {
    const apart = a.x + a.w <= b.x + EPS || b.x + b.w <= a.x + EPS || a.y + a.h <= b.y + EPS || b.y + b.h <= a.y + EPS;
    expect(apart, `${JSON.stringify(a)} overlaps ${JSON.stringify(b)}`).toBe(true);
  }));
}

describe('grid', () => {
  it.each(SIZES)('holds 1 to 25 people in %ix%i without overflow or overlap', (width, height) => {
    for (let n = 1; n <= 25; n++) {
      const a = arrange({ width, height, stage: [], rest: keys(n), page: 0 });
      checkInside(a.rects.values(), width, height);
      checkApart([...a.rects.values()]);
      if (a.pages === 1) expect(a.rects.size).toBe(n);
    }
  });

  it.each(SIZES)('chooses the largest 16:9 tile in %ix%i', (width, height) => {
    for (let n = 1; n <= 25; n++) {
      const got = largestTile(n, width, height, GAP);
      let best = 0;
      for (let c = 1; c <= n; c++) {
        const rows = Math.ceil(n / c);
        best = Math.max(best, Math.min((width - GAP * (c - 1)) / c, ((height - GAP * (rows - 1)) / rows) * (16 / 9)));
      }
      expect(got.w).toBeGreaterThanOrEqual(best * NEARLY - EPS);
      expect(got.columns * got.rows).toBeGreaterThanOrEqual(n);
      expect(got.w / got.h).toBeGreaterThanOrEqual(4 / 3 - EPS);
    }
  });

  it('puts two people side by side on a wide screen', () => {
    expect(largestTile(2, 1264, 716, GAP).columns).toBe(2);
  });

  it('shows two columns and eight a page on a phone held upright', () => {
    const first = arrange({ width: 352, height: 660, stage: [], rest: keys(15), page: 0 });
    expect(first.pages).toBe(2);
    expect(first.rects.size).toBe(PAGE_UPRIGHT);
    expect(new Set([...first.rects.values()].map((r) => Math.round(r.x))).size).toBe(2);
    const last = arrange({ width: 352, height: 660, stage: [], rest: keys(15), page: 99 });
    expect(last.page).toBe(1);
    expect([...last.rects.keys()]).toEqual(keys(15).slice(8));
    expect(last.rects.get('k8')?.w).toBe(first.rects.get('k0')?.w);
  });

  it('survives a window without room', () => {
    for (const [width, height] of [[0, 0], [3, 900], [900, 3]] as const) {
      for (const stage of [[], ['s']]) {
        for (const r of arrange({ width, height, stage, rest: keys(9), page: 0 }).rects.values()) {
          expect(Number.isFinite(r.x + r.y + r.w + r.h)).toBe(true);
        }
      }
    }
  });
});

describe('stage', () => {
  it.each(SIZES)('keeps one or two on the stage and the rest in the strip inside %ix%i', (width, height) => {
    for (const stage of [['s'], ['s', 't']]) {
      for (let n = 0; n <= 25; n++) {
        const a = arrange({ width, height, stage, rest: keys(n), page: 0 });
        const rects = [...a.rects.values(), ...(a.more ? [a.more.rect] : [])];
        checkInside(rects, width, height);
        checkApart(rects);
        expect(a.rects.size - stage.length + (a.more?.count ?? 0)).toBe(n);
        const strip = [...a.rects].filter(([k]) => !stage.includes(k)).map(([, r]) => r.w * r.h);
        const big = a.rects.get('s') as Rect;
        for (const small of strip) expect(big.w * big.h).toBeGreaterThan(small);
      }
    }
  });
});

const input = (x: Partial<StageInput>): StageInput => ({ view: 'speaker', pinned: '', screens: [], speaker: '', people: ['a', 'b', 'me'], ...x });

describe('who is on the stage', () => {
  const run = (steps: [number, Partial<StageInput>][]): Stage => steps.reduce((s, [now, x]) => nextStage(s, input(x), now).stage, NO_STAGE);

  it('pinned before screens before the speaker', () => {
    expect(run([[0, { speaker: 'b' }]]).keys).toEqual(['b']);
    expect(run([[0, { speaker: 'b', screens: ['x', 'y', 'z'] }]]).keys).toEqual(['x', 'y']);
    expect(run([[0, { speaker: 'b', screens: ['x'], pinned: 'a' }]]).keys).toEqual(['a']);
    expect(run([[0, { speaker: 'b', screens: ['x'], pinned: 'gone' }]]).keys).toEqual(['x']);
    expect(run([[0, { view: 'grid', speaker: 'b' }]]).keys).toEqual([]);
  });

  it('does not flap: a leader stays two seconds, then makes way', () => {
    const first = nextStage(NO_STAGE, input({ speaker: 'a' }), 0).stage;
    const early = nextStage(first, input({ speaker: 'b' }), 500);
    expect(early.stage.keys).toEqual(['a']);
    expect(early.recheck).toBe(HOLD_MS);
    expect(nextStage(early.stage, input({ speaker: 'b' }), early.recheck).stage.keys).toEqual(['b']);
  });

  it('who stands there by default makes way at once; silence changes nothing', () => {
    const idle = nextStage(NO_STAGE, input({}), 0).stage;
    expect(idle.keys).toEqual(['a']);
    const spoke = nextStage(idle, input({ speaker: 'b' }), 100).stage;
    expect(spoke.keys).toEqual(['b']);
    expect(nextStage(spoke, input({}), 90_000).stage.keys).toEqual(['b']);
  });

  it('a leader who left is replaced at once', () => {
    const s = nextStage(NO_STAGE, input({ speaker: 'b' }), 0).stage;
    expect(nextStage(s, input({ speaker: 'a', people: ['a', 'me'] }), 10).stage.keys).toEqual(['a']);
  });
});
