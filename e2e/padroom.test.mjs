// A room's pads: pictures that go into the room's files, the list with its search, links between pads, published pages.
// And two bad days: the server's disk is full; another build is served while a page of the old one is open.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { axeFindings, layoutFaults, settled } from './lib/access.mjs';
import { unexpectedErrors } from './lib/clean.mjs';
import { NewBuild, mainOf } from './lib/newbuild.mjs';
import { create, has, ready, saved } from './lib/padpage.mjs';
import { call } from './lib/pads.mjs';
import { introduce } from './lib/person.mjs';
import { png } from './lib/samples.mjs';
import { OUT, SMALL, Scene } from './lib/scene.mjs';

const run = promisify(execFile);
const scene = new Scene();
before(() => scene.open());
after(() => scene.close());

async function write(v, text) {
  await v.click('pad-text');
  await v.until('writes', () => document.activeElement?.dataset.test === 'pad-text');
  await v.press('Control+End');
  await v.type(text);
}

scene.alone('beside a meeting: a pasted picture is in the files and shows, the list is searched, [[links]] lead from pad to pad and from page to page', async () => {
  const token = await scene.server.room('jardin');
  const access = `host.jardin.${token}`;
  const make = async (title, text) => (await call(scene.server, 'POST', '/api/v1/pads', { access, body: { room: 'jardin', title, text } })).pad;
  const garden = await make('Jardin', '# Tomates\n\nSemer les graines en mars, dans la serre.\n\n- [x] Acheter les graines\n- [ ] Préparer le terreau\n\n## Eau\n\nPas trop.\n\n## Outils\n\n```\nun arrosoir\n```\n\n| Quoi | Combien |\n|---|---|\n| pots | 12 |\n\nRetour : [[accueil]].\n');
  const ada = await scene.visitor('Ada', { script: introduce, argument: ['Ada'], context: SMALL });
  await ada.join(`jardin#host=${token}`, { mic: false, camera: false });
  await ada.click('notes-toggle');
  await ready(ada);
  await write(ada, '# Bienvenue\n\nVoir [[Jardin]] et [[Cave]].\n\n');
  await saved(ada);

  await ada.evaluate((bytes) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], 'plan.png', { type: 'image/png' }));
    document.querySelector('[data-test="pad-text"]').dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, png(64, 48, [40, 140, 90]).toString('base64'));
  await has(ada, '![plan.png](/');
  await ada.click('pad-preview-toggle');
  await ada.until('sees the picture', () => document.querySelector('[data-test="pad-preview"] img')?.naturalWidth === 64);

  // A link in the preview, and one in the editor, open the other pad beside the meeting.
  const title = (want) => ada.until(`is at ${want}`, (t) => document.querySelector('input[data-test="pad-title"]')?.value === t, want);
  await ada.page.click('.md a[href^="/p/"]');
  await title('Jardin');
  await ada.click('pad-preview-toggle');
  assert.deepEqual(await ada.evaluate(() => [...document.querySelectorAll('.md-todo label')].map((l) => l.textContent)), ['Acheter les graines', 'Préparer le terreau']);
  assert.deepEqual(await axeFindings(ada), []);
  await ada.click('pad-switch');
  await ada.page.fill('[data-test="pad-search"]', 'terreau serre');
  await ada.until('finds by the text', () => document.querySelectorAll('[data-test="pad-entry"]').length === 1 && document.querySelector('[data-test="pad-entry"] mark'));
  await ada.page.fill('[data-test="pad-search"]', '');
  await ada.until('sees all', () => document.querySelectorAll('[data-test="pad-entry"]').length === 2);
  await ada.page.click(`[data-test="pad-entry"]:not([data-pad="${garden.id}"])`);
  await has(ada, 'Bienvenue');
  await ada.page.click('.cm-line .md-link:has-text("Jardin")', { modifiers: ['Control'] });
  await title('Jardin');
  await ada.click('more');
  await ada.click('files');
  await ada.page.click('[data-test="file"][data-name="Images"] [data-test="file-open"]');
  await ada.shown('file', { 'data-name': 'plan.png' });

  const { pads } = await call(scene.server, 'GET', '/api/v1/pads?room=jardin', { access });
  const main = pads.find((p) => p.main);
  await call(scene.server, 'PATCH', `/api/v1/pads/${main.id}`, { access, body: { title: 'Accueil' } });
  const published = [];
  for (const p of [main, garden]) published.push((await call(scene.server, 'POST', `/api/v1/pads/${p.id}/publish`, { access })).published);
  const reader = await scene.visitor('Cleo', { context: { viewport: { width: 360, height: 740 }, colorScheme: 'dark' } });
  await reader.goto(published[0]);
  await reader.until('sees the picture', () => document.querySelector('img')?.naturalWidth === 64);
  await reader.page.click('a:has-text("Jardin")');
  await reader.until('is at the other page', (p) => location.pathname === p && document.documentElement.lang === 'fr', published[1]);
  assert.equal(await reader.evaluate(() => document.querySelector('nav').getAttribute('aria-label')), 'Sommaire');
  assert.deepEqual(await reader.evaluate(() => [...document.querySelectorAll('input')].map((i) => i.labels[0].textContent.trim())), ['Acheter les graines', 'Préparer le terreau']);
  for (const colorScheme of ['dark', 'light']) {
    await reader.page.emulateMedia({ colorScheme });
    assert.deepEqual([...await axeFindings(reader), ...await layoutFaults(reader, { smallestText: 12 })], [], colorScheme);
    await reader.page.screenshot({ path: path.join(OUT, `pub-${colorScheme}.png`) });
  }
  await reader.page.click('nav a:has-text("Outils")');
  await reader.until('is at the heading', () => decodeURIComponent(location.hash) === '#outils');
  await reader.page.click('a:has-text("accueil")');
  await reader.until('is back', (p) => location.pathname === p, published[0]);
  for (const v of [ada, reader]) assert.deepEqual(unexpectedErrors(v), []);
});

/** A disk of that many bytes, where the machine lets us mount one. */
async function smallDisk(size) {
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'tablee-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir]);
    return dir;
  } catch {
    await fs.rm(dir, { recursive: true });
    return '';
  }
}

test('the server’s disk is full: everybody is told and nobody can write; when there is room again all is there', async (t) => {
  const disk = await smallDisk(24 * 2 ** 20);
  if (!disk) return t.skip('no small disk can be mounted here');
  const data = path.join(disk, 'data');
  await fs.mkdir(data);
  const full = new Scene();
  try {
    await full.open([], { data });
    const ada = await full.visitor('Ada', { script: introduce, argument: ['Ada'] });
    const link = await create(ada);
    const bo = await full.visitor('Bo', { script: introduce, argument: ['Bo'] });
    await bo.goto(link);
    await ready(bo);
    await write(ada, 'before ');
    await has(bo, 'before');
    await saved(ada);
    const filler = await fs.open(path.join(disk, 'filler'), 'w');
    await assert.rejects(async () => { for (const block = Buffer.alloc(2 ** 16); ;) await filler.write(block); }, { code: 'ENOSPC' });
    await filler.close();
    await assert.rejects(async () => { for (let n = 0; ; n++) await fs.writeFile(path.join(disk, `filler${n}`), Buffer.alloc(4096)); }, { code: 'ENOSPC' });
    await ada.page.keyboard.insertText('during '.repeat(40_000)); // more than what the log may still write over
    for (const v of [ada, bo]) {
      await v.shown('pad-banner', { 'data-banner': 'storage' });
      await v.until('cannot write', () => document.querySelector('[data-test="pad-text"]').contentEditable === 'false');
    }
    assert.notEqual(await ada.attribute('pad', 'data-saved'), 'saved');
    assert.deepEqual(await axeFindings(ada), []);
    await settled(ada);
    await ada.page.screenshot({ path: path.join(OUT, 'pad-disk-full.png') });
    for (const name of await fs.readdir(disk)) if (name.startsWith('filler')) await fs.rm(path.join(disk, name));
    for (const v of [ada, bo]) await v.gone('pad-banner', { 'data-banner': 'storage' });
    await saved(ada);
    await ada.click('pad-text');
    await ada.press('Control+Home');
    await ada.type('after ');
    await has(bo, 'after');
    await saved(ada);
    await full.server.stop('SIGKILL');
    await full.server.run();
    const cleo = await full.visitor('Cleo', { script: introduce, argument: ['Cleo'] });
    await cleo.goto(link);
    await ready(cleo);
    const said = await cleo.until('reads all', () => {
      const m = /([\d,]+) words/.exec(document.querySelector('[data-test="pad-count"]').textContent);
      return m && Number(m[1].replace(/,/g, '')) > 2 && Number(m[1].replace(/,/g, ''));
    });
    assert.equal(said, 40_002);
  } finally {
    await full.close().catch(() => {});
    await run('umount', ['-l', disk]);
    await fs.rmdir(disk);
  }
});

scene.alone('another build is served: an open page goes on, the next one is the new build, what was written offline is kept', async () => {
  const proxy = await new NewBuild(scene.server).start();
  try {
    const ada = await scene.visitor('Ada', { script: introduce, argument: ['Ada'] });
    ada.origin = proxy.origin;
    const link = await create(ada);
    const page = link.split('#')[0];
    await ada.goto(page);
    await ready(ada);
    const old = await mainOf(ada);
    await ada.until('the page’s files are kept', () => navigator.serviceWorker.ready.then((r) => r.active.state === 'activated'));
    await write(ada, 'Bread');
    await saved(ada);
    await scene.server.stop('SIGKILL');
    await ada.goto(page);
    await has(ada, 'Bread');
    assert.equal(await mainOf(ada), old);
    await ada.shown('pad-banner', { 'data-banner': 'offline' });
    await write(ada, ' and wine');
    await ada.shown('pad-saved', { 'data-state': 'local' });

    proxy.changed = true;
    await scene.server.run();
    await saved(ada); // the old page goes on, with the new server
    await write(ada, ', cheese');
    await saved(ada);
    await ada.reload();
    await ready(ada);
    await has(ada, 'Bread and wine, cheese');
    const now = await mainOf(ada);
    assert.notEqual(now, old);
    // The old worker is replaced once no page of its build is open.
    await ada.until('a new worker waits', () => navigator.serviceWorker.getRegistration('/p/').then((r) => Boolean(r.waiting)));
    await ada.goto('/');
    await ada.goto(page);
    await ready(ada);
    await ada.until('only the new build’s files are kept', async (main) => {
      const names = (await caches.keys()).filter((n) => n.startsWith('tablee-pads-'));
      return names.length === 1 && Boolean(await (await caches.open(names[0])).match(main));
    }, now);
    await scene.server.stop('SIGKILL');
    await ada.goto(page);
    await has(ada, 'Bread and wine, cheese');
    assert.equal(await mainOf(ada), now);
    await scene.server.run();
    await ready(ada);
    assert.deepEqual(unexpectedErrors(ada, { serverWasDown: true }).filter((e) => !/ERR_EMPTY_RESPONSE/.test(e)), []);
  } finally {
    await Promise.allSettled(scene.visitors.map((v) => v.close()));
    await proxy.close();
  }
});
