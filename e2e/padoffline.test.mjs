// Pads without a server: a pad that was opened before opens again from this browser alone, says honestly what is saved,
// and gives what was written to the server later. And what else of a pad's page has no test in padpage.test.mjs.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults } from './lib/access.mjs';
import { unexpectedErrors } from './lib/clean.mjs';
import { create, has, ready, saved } from './lib/padpage.mjs';
import { introduce } from './lib/person.mjs';
import { Scene } from './lib/scene.mjs';

const scene = new Scene();
before(() => scene.open());
after(() => scene.close());

async function write(v, text) {
  await v.click('pad-text');
  await v.until('writes', () => document.activeElement?.dataset.test === 'pad-text');
  await v.page.keyboard.down('Control');
  await v.press('End');
  await v.page.keyboard.up('Control');
  await v.type(text);
}

for (const kind of ['chromium', 'firefox']) {
  scene.alone(`a closed pad opens again while the server is away, and what is written there arrives later: ${kind}`, async () => {
    const ada = await scene.visitor('Ada', { browser: { firefox: kind === 'firefox' }, script: introduce, argument: ['Ada'] });
    if (kind === 'firefox') {
      await ada.goto('/');
      await ada.evaluate(introduce, ['Ada']);
    }
    const link = await create(ada, 'tasks');
    const path = link.split('#')[0];
    await write(ada, 'Bread');
    await saved(ada);
    await ada.goto(path); // a page of its own: in the list no worker is asked for
    await ready(ada);
    await ada.until('the page’s files are kept', () => navigator.serviceWorker.ready.then((r) => r.active.state === 'activated'));
    await scene.server.stop('SIGKILL');
    await ada.goto(path);
    await has(ada, 'Bread');
    await ada.shown('pad-banner', { 'data-banner': 'offline' });
    assert.match(await ada.text('pad-banner'), /even when this page is closed/);
    assert.equal(await ada.attribute('pad-saved', 'data-state'), 'offline');
    assert.equal(await ada.evaluate(() => document.querySelector('input[data-test="pad-title"], [data-test="pad-title"]').textContent || 'Tasks'), 'Tasks');
    await write(ada, ' and wine');
    await ada.shown('pad-saved', { 'data-state': 'local' });
    await ada.until('the copy has it', () => new Promise((done) => {
      const open = indexedDB.open(`tablee.pad.${location.pathname.slice(3)}`);
      open.onsuccess = () => {
        const all = open.result.transaction('updates').objectStore('updates').getAll();
        all.onsuccess = () => {
          done(/w[^]*i[^]*n[^]*e/.test(all.result.map((u) => new TextDecoder().decode(u)).join('|')));
          open.result.close();
        };
      };
    }));
    await ada.reload();
    await has(ada, 'Bread and wine');
    assert.equal(await ada.attribute('pad-saved', 'data-state'), 'local', 'what the server lacks is not called saved, though the page is another');
    const names = await ada.evaluate(async () => {
      const out = [];
      for (const name of await caches.keys()) for (const r of await (await caches.open(name)).keys()) out.push(new URL(r.url).pathname);
      return out;
    });
    assert.deepEqual(names.filter((n) => n !== '/p' && !n.startsWith('/assets/')), [], 'only the shell is kept');
    assert.ok(names.length > 5 && names.length < 60, names.join());
    await scene.server.run();
    await ready(ada);
    await saved(ada);
    const bo = await scene.visitor('Bo', { script: introduce, argument: ['Bo'] });
    await bo.goto(link);
    await has(bo, 'Bread and wine');
    await ada.goto('/r/kitchen');
    await ada.shown('page-prejoin');
    assert.equal(await ada.evaluate(() => navigator.serviceWorker.controller), null, 'a meeting has no service worker');
    assert.deepEqual(unexpectedErrors(bo), []);
  });
}

scene.alone('a newcomer’s tour: find and replace, colours, following, contents, plain text, links that end, a page, import, deletion', async () => {
  const ada = await scene.visitor('Ada', { script: introduce, argument: ['Ada'] });
  const link = await create(ada, 'minutes');
  const clean = async (where) => assert.deepEqual([...await axeFindings(ada), ...await layoutFaults(ada, { smallestText: 11 })], [], where);
  await ada.until('counts', () => /^\d+ words/.test(document.querySelector('[data-test="pad-count"]').textContent) && !/^0 /.test(document.querySelector('[data-test="pad-count"]').textContent));

  await ada.click('pad-text');
  await ada.press('Control+f');
  await ada.page.fill('.cm-search [name=search]', 'Tasks');
  await ada.page.fill('.cm-search [name=replace]', 'Chores');
  await clean('find');
  await ada.page.click('.cm-search [name=replaceAll]');
  await has(ada, 'Chores');
  await ada.press('Escape');

  const bo = await scene.visitor('Bo', { script: introduce, argument: ['Bo'] });
  await bo.goto(link);
  await ready(bo);
  await write(bo, '\nBo was here' + '\n'.repeat(40) + 'end');
  await has(ada, 'Bo was here');
  await ada.click('pad-more');
  await ada.click('pad-colors');
  const washed = await ada.until('sees who wrote what', () => {
    const all = [...document.querySelectorAll('.pad-author')].map((e) => e.textContent);
    return all.some((t) => t.includes('Bo was here')) && all;
  });
  assert.ok(!washed.some((t) => t.includes('Agenda')), 'a template is nobody’s words');
  await clean('colours');
  await ada.click('pad-more');
  await ada.click('pad-colors');
  await ada.until('colours are off', () => !document.querySelector('.pad-author'));
  await bo.press('Control+Home');
  await ada.click('pad-person', { 'data-name': 'Bo' });
  await ada.shown('pad-person', { 'data-name': 'Bo', 'aria-pressed': 'true' });
  for (const [key, there] of [['Control+End', true], ['Control+Home', false]]) {
    await bo.press(key);
    await ada.until('follows', (down) => (document.querySelector('.cm-scroller').scrollTop > 200) === down, there);
  }
  await bo.close();
  scene.forget(bo);

  await ada.click('pad-more');
  await ada.click('pad-contents-toggle');
  await ada.until('sees the headings', () => document.querySelectorAll('[data-test="pad-contents"] li').length > 4);
  await ada.click('pad-more');
  await ada.click('pad-plain-toggle');
  await ada.shown('pad-plain');
  await clean('plain');
  await ada.fill('pad-plain', '# One\n\ntext\n\n## Two\n');
  await ada.until('contents follow', () => document.querySelectorAll('[data-test="pad-contents"] li').length === 2);
  await ada.click('pad-more');
  await ada.click('pad-plain-toggle');
  await has(ada, 'Two');
  assert.ok((await ada.page.pdf()).length > 5_000, 'it prints');

  await ada.click('pad-text');
  await ada.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', 'x'.repeat(10 * 2 ** 20));
    document.querySelector('[data-test="pad-text"]').dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  });
  await ada.until('is told', () => document.querySelector('[data-banner="notice"]')?.textContent.includes('too much to paste'));
  await ada.shown('pad', { 'data-line': 'up', 'data-saved': 'saved' });

  await ada.click('pad-share');
  await ada.shown('share-yours'); // one’s own link cannot be ended by one click
  await ada.page.selectOption('[data-test="share-right"]', 'comment');
  await ada.page.selectOption('[data-test="share-ends"]', '7');
  await ada.fill('share-note', 'for Cleo');
  await ada.click('share-make');
  await ada.shown('share-link', { 'data-right': 'comment' });
  await ada.click('pad-publish');
  const urls = await ada.until('has both links', () => {
    const all = [...document.querySelectorAll('[data-test="share-url"]')].map((e) => e.value);
    return all.some((u) => u.includes('/pub/')) && all;
  });
  await clean('share');
  const cleo = await scene.visitor('Cleo', { script: introduce, argument: ['Cleo'] });
  await cleo.page.goto(urls.find((u) => u.includes('/pub/')));
  await cleo.until('reads the page', () => document.querySelector('h1')?.textContent === 'One');
  await cleo.page.goto(urls.find((u) => u.includes('#k.')));
  await cleo.shown('pad', { 'data-ready': 'true', 'data-right': 'comment' });
  await ada.page.click('[data-test="share-link"][data-right="comment"] [data-test="share-revoke"]');
  await cleo.shown('pad-banner', { 'data-banner': 'forbidden' });
  await ada.press('Escape');

  const files = { 'a.md': '# Read me', 'a.txt': 'Read me', 'a.html': '<h1>Read me</h1>', 'a.etherpad': JSON.stringify({ 'pad:x': { atext: { text: 'Read me\n', attribs: '|1+8' }, pool: { numToAttrib: {}, nextNum: 0 }, head: 0 } }) };
  for (const [name, text] of Object.entries(files)) {
    await ada.page.setInputFiles('[data-test="pad-import-file"]', { name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await has(ada, 'Read me');
    await ada.click('pad-text');
    await ada.press('Control+a');
    await ada.press('Delete');
    await ada.until('empty again', () => !document.querySelector('[data-test="pad-text"]').textContent.includes('Read me'));
  }
  await ada.page.setInputFiles('[data-test="pad-import-file"]', { name: 'a.docx', mimeType: 'text/plain', buffer: Buffer.from('no zip') });
  await ada.shown('pad-banner', { 'data-banner': 'notice' });

  const id = link.split('#')[0].slice(3);
  await ada.click('pad-more');
  await ada.click('pad-delete');
  await ada.click('pad-delete-yes');
  await ada.shown('page-pads');
  assert.equal(await ada.count('known-pad', { 'data-pad': id }), 0);
  await ada.until('no copy stays', async (store) => !(await indexedDB.databases()).some((d) => d.name === store), `tablee.pad.${id}`);
  assert.deepEqual(unexpectedErrors(ada).filter((e) => !/status of 400/.test(e)), []);
});
