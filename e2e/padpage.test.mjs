// Pads in real browsers: several people in one text, a server that is killed under them, comments, history, the pane
// beside a meeting; for everybody, on a phone as well.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, settled } from './lib/access.mjs';
import { foreignRequests, unexpectedErrors } from './lib/clean.mjs';
import { create, has, ready, saved } from './lib/padpage.mjs';
import { introduce } from './lib/person.mjs';
import { OUT, PHONE, Scene } from './lib/scene.mjs';

const scene = new Scene();
before(() => scene.open());
after(() => scene.close());

async function person(name, { theme = 'light', lang = 'en', ...options } = {}) {
  const v = await scene.visitor(name, { script: introduce, argument: [name, theme, lang], ...options });
  if (v.kind !== 'firefox') return v;
  await v.goto('/');
  await v.evaluate(introduce, [name, theme, lang]);
  return v;
}


/** The text as the editor shows it, without the others' names. */
const textOf = (v) => v.evaluate(() => [...document.querySelectorAll('.cm-line')].map((l) => {
  const copy = l.cloneNode(true);
  copy.querySelectorAll('.pad-caret').forEach((c) => c.remove());
  return copy.textContent;
}).join('\n'));

async function intoText(v) {
  await v.click('pad-text');
  await v.until('writes', () => document.activeElement?.dataset.test === 'pad-text');
}

async function same(...all) {
  const first = await textOf(all[0]);
  for (const v of all.slice(1)) await v.until('the same text', (want) => [...document.querySelectorAll('.cm-line')].map((l) => {
    const copy = l.cloneNode(true);
    copy.querySelectorAll('.pad-caret').forEach((c) => c.remove());
    return copy.textContent;
  }).join('\n') === want, first);
  return first;
}

scene.alone('two people type in one paragraph at once, in two browsers, and see each other; a killed server loses nothing', async () => {
  const ada = await person('Ada');
  const link = await create(ada);
  const bo = await person('Bo', { browser: { firefox: true } });
  await bo.goto(link);
  await ready(bo);
  assert.equal(await bo.evaluate(() => location.hash), '', 'the secret stays in the address bar');
  await intoText(ada);
  await ada.type('The table is laid. ');
  await has(bo, 'laid');
  await intoText(bo);
  await bo.press('Home');
  await Promise.all([ada.type('Ada writes a long sentence at the end. '), bo.type('Bo writes a long one at the beginning. ')]);
  await has(ada, 'at the beginning.');
  await has(bo, 'at the end.');
  const text = await same(ada, bo);
  assert.match(text, /Ada writes a long sentence at the end\. /);
  assert.match(text, /Bo writes a long one at the beginning\. /);
  await ada.shown('pad-cursor', { 'data-name': 'Bo' });
  await bo.shown('pad-cursor', { 'data-name': 'Ada' });
  await ada.shown('pad-person', { 'data-name': 'Bo' });
  await ada.shown('pad-person', { 'data-me': 'true' });
  await Promise.all([saved(ada), saved(bo)]);

  // Undo is one's own: Ada's last words go, Bo's stay.
  await intoText(ada);
  await ada.press('Control+z');
  await ada.until('undone', () => !document.querySelector('[data-test="pad-text"]').textContent.includes('at the end.'));
  assert.match(await textOf(ada), /Bo writes a long one at the beginning/);
  await saved(ada);

  await scene.server.stop('SIGKILL');
  await ada.shown('pad-banner', { 'data-banner': 'offline' });
  await Promise.all([ada.type('[Ada alone]'), bo.type('[Bo alone]')]);
  await ada.shown('pad', { 'data-saved': 'local' });
  await scene.server.run();
  await Promise.all([has(ada, '[Bo alone]'), has(bo, '[Ada alone]')]);
  await Promise.all([saved(ada), saved(bo)]);
  const last = await same(ada, bo);
  await ada.reload();
  await ready(ada);
  await has(ada, '[Bo alone]');
  assert.equal(await textOf(ada), last);
  assert.deepEqual(unexpectedErrors(ada, { serverWasDown: true }), []);
  assert.deepEqual(await foreignRequests(ada), []);
});

scene.alone('comments have threads and are resolved, in Firefox too; the history tells who wrote and brings a text back; a reader cannot write', async () => {
  const ada = await person('Ada');
  const link = await create(ada);
  const bo = await person('Bo', { browser: { firefox: true } });
  await intoText(ada);
  await ada.type('Bread, cheese and wine');
  await saved(ada);
  await bo.goto(link);
  await ready(bo);
  await ada.press('Control+a');
  await ada.click('pad-comment');
  await ada.fill('comment-new', 'For how many?');
  await ada.click('comment-new-send');
  await bo.click('pad-comments');
  await bo.click('thread-reply');
  await bo.fill('comment-reply', 'Fifteen.');
  await bo.click('comment-reply-send');
  await ada.until('sees the answer', () => document.querySelectorAll('[data-test="note"]').length === 2);
  await bo.click('thread-resolve');
  await ada.gone('thread', { 'data-resolved': 'false' });

  await ada.click('pad-image'); // no room, no files: refused with a sentence
  await ada.shown('pad-banner', { 'data-banner': 'notice' });

  await ada.click('pad-history');
  await ada.until('sees the step', () => document.querySelector('[data-test="history-text"]')?.textContent.includes('Bread'));
  await ada.fill('version-name', 'Shopping');
  await ada.click('version-make');
  await ada.shown('version');
  await ada.click('history-close');
  await intoText(ada);
  await ada.press('Control+a');
  await ada.type('Gone');
  await has(bo, 'Gone');
  await saved(ada);
  await intoText(bo);
  await bo.press('End');
  await bo.type(', says Bo');
  await has(ada, 'says Bo');
  await saved(bo);
  await ada.click('pad-history');
  await ada.until('the last step is Bo’s, with its time', () => /\d:\d\d.*Bo/.test(document.querySelector('[data-test="history-label"]')?.textContent));
  await ada.page.focus('[data-test="history-slider"]');
  await ada.press('Home');
  await ada.until('the first is Ada’s', () => /\d:\d\d.*Ada/.test(document.querySelector('[data-test="history-label"]').textContent) && !/Gone/.test(document.querySelector('[data-test="history-text"]').querySelector(':not(ins)')?.textContent));
  await ada.click('history-compare');
  await ada.until('sees it as it was', () => document.querySelector('[data-test="history-text"]').children.length === 0);
  await ada.click('history-compare');
  await ada.click('version');
  await ada.until('sees what has changed', () => document.querySelector('[data-test="history-text"] del')?.textContent.includes('Bread') && document.querySelector('[data-test="history-text"] ins')?.textContent.includes('Gone'));
  await ada.click('history-restore');
  await has(ada, 'Bread, cheese and wine');
  await has(bo, 'Bread, cheese and wine');

  await ada.click('pad-share');
  await ada.shown('share-mine');
  await ada.page.selectOption('[data-test="share-right"]', 'read');
  await ada.click('share-make');
  await ada.shown('share-url');
  const url = await ada.evaluate(() => document.querySelector('[data-test="share-url"]').value);
  const reader = await person('Cleo');
  await reader.goto(new URL(url).pathname + new URL(url).hash);
  await ready(reader);
  await has(reader, 'Bread');
  await reader.shown('pad', { 'data-right': 'read' });
  await reader.click('pad-text');
  await reader.type('xyz');
  assert.doesNotMatch(await textOf(reader), /xyz/);
  for (const v of [ada, bo, reader]) assert.deepEqual(unexpectedErrors(v), []);
});

scene.alone('beside a meeting: one click, picture and buttons stay, the host lets guests write or not, the text is there at the end', async () => {
  const token = await scene.server.room('notes');
  const host = await person('Ada');
  const guest = await person('Bo', { context: PHONE });
  await host.goto(`/r/notes#host=${token}`);
  await host.passPrejoin();
  await guest.join('notes');
  for (const v of [host, guest]) {
    await v.click('notes-toggle');
    await ready(v);
  }
  await intoText(host);
  await host.type('m Decided: we meet on Sundays.'); // the m must not touch the microphone
  await has(guest, 'Sundays');
  await saved(host);
  for (const v of [host, guest]) {
    for (const control of ['mic', 'camera', 'leave']) await v.shown(control);
    await v.shown('mic', { 'aria-pressed': 'true' });
    await v.shown('tile', {});
    await settled(v);
    await v.page.screenshot({ path: path.join(OUT, `notes-${v.name}.png`) });
    assert.deepEqual(await layoutFaults(v, { smallestText: 12 }), []);
  }
  assert.deepEqual(await axeFindings(host), []);
  await intoText(guest);
  await guest.press('End');
  await guest.type(' At noon.');
  await has(host, 'At noon.');
  await host.click('pad-more');
  await host.click('pad-guests');
  await guest.shown('pad', { 'data-right': 'read' });
  await host.click('chat'); // another panel opens beside it
  await host.shown('notes');
  await host.click('leave');
  await host.shown('left-notes');
  assert.match(await host.evaluate(() => decodeURIComponent(document.querySelector('[data-test="left-notes"]').href)), /Decided.*At noon/);
  for (const v of [host, guest]) assert.deepEqual(unexpectedErrors(v), []);
});

for (const [look, theme, lang, context] of [['light', 'light', 'en', {}], ['dark-french', 'dark', 'fr', {}], ['phone', 'dark', 'fr', PHONE]]) {
  scene.alone(`pages of pads are for everybody: ${look}`, async () => {
    const v = await person('Margaux', { theme, lang, context });
    const found = {};
    const see = async (where) => {
      await settled(v);
      await v.page.screenshot({ path: path.join(OUT, `pad-${where}-${look}.png`) });
      found[where] = [...await axeFindings(v), ...await layoutFaults(v, { smallestText: 11 })];
    };
    await v.goto('/p');
    await v.shown('pad-new');
    await see('list');
    await create(v, 'minutes');
    await saved(v);
    await see('minutes');
    await v.click('pad-more');
    await v.shown('pad-menu');
    await see('menu');
    await v.press('Escape');
    await v.click('pad-preview-toggle');
    await v.shown('pad-preview');
    await see('preview');
    await v.click('pad-history');
    await v.shown('history-text');
    await see('history');
    await v.click('history-close');
    await v.click('pad-share');
    await v.shown('dialog-pad-share');
    await see('share');
    assert.deepEqual(Object.entries(found).filter(([, f]) => f.length > 0), []);
    assert.deepEqual(unexpectedErrors(v), []);
  });
}
