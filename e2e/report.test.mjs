// The load test's page: a real run writes it, and it opens from the disk without asking anybody for anything.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults } from './lib/access.mjs';
import { unexpectedErrors } from './lib/clean.mjs';
import { OUT, PHONE, Scene } from './lib/scene.mjs';

const BINARY = path.resolve(import.meta.dirname, '../bin/tablee');
const LIMIT = 300_000; // bytes of a page
const scene = new Scene();
let folder;
before(async () => {
  await scene.open();
  folder = scene.server.data;
  const early = await loadtest('--participants', '3', '--duration', '4s', '--json', file('early.json'), '--html', file('small.html'));
  assert.ok([0, 1].includes(early.code), early.said); // a busy machine may miss the bar; the page is the same
  const late = await loadtest('--participants', '4', '--duration', '8s', '--baseline', file('early.json'), '--html', file('report.html'));
  assert.ok([0, 1].includes(late.code), late.said);
  assert.match(late.said, /Compared with early\.json/);
  assert.doesNotMatch(late.said, /\x1b/, 'a pipe gets colours');
});
after(() => scene.close());

const file = (name) => path.join(folder, name);

/** Runs `tablee loadtest` and says how it ended and what it said. */
async function loadtest(...options) {
  const child = spawn(BINARY, ['loadtest', ...options, `${scene.server.origin}/r/report`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => { said += d; });
  const code = await new Promise((done, fail) => child.on('error', fail).on('close', done));
  return { code, said };
}

const LOOKS = [
  { name: 'desktop-light', context: {} },
  { name: 'desktop-dark', context: { colorScheme: 'dark' } },
  { name: 'phone-light', context: PHONE },
  { name: 'phone-dark', context: { ...PHONE, colorScheme: 'dark' } },
];

for (const look of LOOKS) {
  scene.alone(`the report's page: ${look.name}`, async () => {
    const v = await scene.visitor('Margaux', { context: look.context });
    await v.page.goto(pathToFileURL(file('report.html')).href);
    const page = await v.evaluate(() => ({
      answer: document.querySelector('h1').textContent,
      headings: [...document.querySelectorAll('h2')].map((h) => h.textContent),
      plots: [...document.querySelectorAll('figure')].map((f) => ({
        title: f.querySelector('h3').textContent,
        drawn: f.querySelectorAll('path[d]:not([d=""]), rect.bar').length,
        words: document.getElementById(f.querySelector('svg[role=img]').getAttribute('aria-describedby')).textContent.length,
        rows: f.querySelectorAll('tbody tr').length,
      })),
      scheme: getComputedStyle(document.body).backgroundColor,
      people: document.querySelectorAll('table.people tbody tr').length,
    }));
    assert.match(page.answer, /^This (box|server) (carries|does not carry) this meeting\.$/);
    for (const heading of ['At a glance', 'Compared with an earlier run', 'How late it came', 'Who did what', 'What was run']) {
      assert.ok(page.headings.includes(heading), `no "${heading}" among ${page.headings}`);
    }
    assert.ok(page.plots.length >= 6, `only ${page.plots.length} plots`);
    for (const p of page.plots) assert.ok(p.drawn > 0 && p.words > 20 && p.rows > 0, `${p.title}: ${JSON.stringify(p)}`);
    assert.equal(page.people, 4);
    assert.equal(page.scheme, look.context.colorScheme === 'dark' ? 'rgb(27, 24, 33)' : 'rgb(247, 241, 230)');

    await v.page.screenshot({ path: path.join(OUT, `report-${look.name}.png`), fullPage: true });
    await v.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    assert.deepEqual(await axeFindings(v), []);
    assert.deepEqual(await layoutFaults(v, { smallestText: look.context.isMobile ? 14 : 12 }), []);
    assert.deepEqual(unexpectedErrors(v), []);
    assert.deepEqual(v.requests.filter((url) => !/^(file|data):/.test(url)), [], 'the page asks somebody');
  });
}

scene.alone('the page is small, and prints', async () => {
  for (const name of ['small.html', 'report.html']) {
    const { size } = await fs.stat(file(name));
    assert.ok(size < LIMIT, `${name} has ${size} bytes`);
  }
  const v = await scene.visitor('Margaux', { context: { colorScheme: 'dark' } });
  await v.page.goto(pathToFileURL(file('report.html')).href);
  const paper = await v.page.pdf({ path: path.join(OUT, 'report.pdf'), format: 'A4' });
  assert.ok(paper.length > 20_000, 'there is nothing on paper');
});

scene.alone('a baseline that is none is refused before the run', async () => {
  await fs.writeFile(file('other.json'), '{"name":"something else"}');
  const { code, said } = await loadtest('--duration', '1h', '--baseline', file('other.json'));
  assert.equal(code, 2);
  assert.match(said, /other\.json.*is not a report of tablee loadtest: the field "version" is missing/);
});
