// The team space in a real browser: an admin and a member, each in front of their own page. One uploads and shares, the
// other looks and cannot change; a guest comes by a public link; the admin makes a group, whose folders then are there.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, settled, tabTo } from './lib/access.mjs';
import { unexpectedErrors } from './lib/clean.mjs';
import { choose } from './lib/person.mjs';
import { png } from './lib/samples.mjs';
import { OUT, Scene } from './lib/scene.mjs';
import { hook } from './lib/visitor.mjs';

const scene = new Scene();
before(() => scene.open());
after(() => scene.close());

const PASSWORD = 'cheval agrafe pile';
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: 'fr-FR' };
let anne;
let bob;

/** Takes a picture, and tells what is wrong with the page. */
async function look(v, name, smallestText = 12) {
  await settled(v);
  await v.page.screenshot({ path: path.join(OUT, `team-${name}.png`) });
  return [...await axeFindings(v), ...await layoutFaults(v, { smallestText })];
}

const inRow = (v, name, what) => v.page.click(`${hook('file', { 'data-name': name })} ${hook(what)}`);

scene.step('members come in, and find their files from the front page', async () => {
  anne = await scene.visitor('Anne', { script: choose, argument: ['light', 'en'] });
  await anne.goto('/files');
  await anne.shown('team-login');
  const setup = /\/setup#(\S+)/.exec(scene.server.log);
  await anne.goto(setup[0]);
  await anne.shown('form-setup');
  await anne.fill('f-login', 'anne');
  await anne.fill('f-name', 'Anne Martin');
  await anne.fill('f-password', PASSWORD);
  await anne.click('submit-setup');
  await anne.shown('dial');
  const url = await anne.evaluate(async () => (await (await fetch('/api/v1/invitations', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"role":"member"}' })).json()).url);
  bob = await scene.visitor('Bob', { context: PHONE, script: choose, argument: ['dark', 'fr'] });
  await bob.goto(url);
  await bob.shown('form-welcome');
  await bob.fill('f-login', 'bob');
  await bob.fill('f-name', 'Bob Durand');
  await bob.fill('f-password', 'un deux trois quatre');
  await bob.click('submit-welcome');
  await bob.shown('page-account');
  await bob.click('nav-files');
  await bob.shown('files-empty');
  await anne.goto('/');
  await anne.click('home-team');
  await anne.shown('place', { 'data-kind': 'home', 'aria-current': 'page' });
  await anne.shown('place', { 'data-kind': 'team' });
});

scene.step('one uploads into a folder, and shares it for reading', async () => {
  await anne.click('new-folder');
  await anne.fill('folder-name', 'Scores');
  await anne.press('Enter');
  await inRow(anne, 'Scores', 'file-open');
  await anne.shown('files-empty');
  await anne.page.setInputFiles(hook('files-input'), [{ name: 'cover.png', mimeType: 'image/png', buffer: png(320, 200, [220, 90, 40]) }]);
  await anne.shown('file', { 'data-name': 'cover.png' });
  await anne.click('path-top');
  await inRow(anne, 'Scores', 'file-actions');
  await anne.click('file-share');
  await anne.shown('grant-who');
  const who = await anne.evaluate(() => [...document.querySelectorAll('[data-test="grant-who"] option')].find((o) => o.textContent === 'Bob Durand').value);
  await anne.page.selectOption(hook('grant-who'), who);
  await anne.click('grant-add');
  await anne.shown('grant', { 'data-who': who, 'data-level': 'read' });
  await anne.shown('rights', { 'data-saved': 'true' });
});

scene.step('a public link with a password shows the folder to a guest', async () => {
  await anne.fill('link-password', 'sesame');
  await anne.click('link-make');
  await anne.shown('links', { 'data-count': '1' });
  assert.deepEqual(await look(anne, 'share-desktop-light'), []);
  const url = await anne.evaluate(() => document.querySelector('[data-test="drop-link"]').value);
  const guest = await scene.visitor('Guest', { script: choose, argument: ['light', 'en'] });
  await guest.goto(new URL(url).pathname);
  await guest.fill('unlock-password', 'sesame');
  await guest.click('unlock');
  await guest.shown('file', { 'data-name': 'cover.png', 'data-mine': 'false' });
  assert.equal(await guest.count('files-add'), 0);
  await anne.click('link-end');
  await anne.shown('links', { 'data-count': '0' });
  await guest.reload();
  await guest.shown('drop-error', { 'data-code': 'link_unknown' });
  await guest.close();
  scene.forget(guest);
  await anne.press('Escape');
  await anne.gone('dialog-share');
  await tabTo(anne, 'place');
  await tabTo(anne, 'files-add');
  assert.deepEqual(await look(anne, 'home-desktop-light'), []);
});

scene.step('the other sees it, and can change nothing', async () => {
  await bob.reload();
  await bob.click('place', { 'data-kind': 'shared', 'data-name': 'Scores' });
  await bob.shown('file', { 'data-name': 'cover.png', 'data-mine': 'false' });
  await bob.shown('read-only');
  for (const tool of ['files-add', 'new-folder', 'files-share', 'files-trash']) assert.equal(await bob.count(tool), 0, tool);
  assert.deepEqual(await look(bob, 'shared-phone-dark-french', 14), []);
  await inRow(bob, 'cover.png', 'file-actions');
  await bob.shown('file-download');
  for (const action of ['file-rename', 'file-remove', 'file-share']) assert.equal(await bob.count(action), 0, action);
  await bob.click('dialog-close');
  const refused = await bob.evaluate(async () => (await fetch(document.querySelector('[data-name="cover.png"] img').src.replace('/content?show', ''), { method: 'DELETE' })).status);
  assert.equal(refused, 403, 'and the server says so too');
  await inRow(anne, 'Scores', 'file-open');
  await anne.shown('file', { 'data-name': 'cover.png' });
  await anne.page.setInputFiles(hook('files-input'), [{ name: 'later.png', mimeType: 'image/png', buffer: png(64, 64, [40, 90, 220]) }]);
  await bob.shown('file', { 'data-name': 'later.png', 'data-mine': 'false' }); // without being asked for
});

scene.step('the admin makes a group, and who is in it finds its folders', async () => {
  await anne.goto('/admin/members');
  await anne.shown('groups', { 'data-count': '0' });
  await anne.fill('f-group', 'Choir');
  await anne.click('submit-group');
  await anne.shown('group', { 'data-name': 'Choir', 'data-members': '0' });
  await anne.click('group-edit');
  await anne.page.selectOption(hook('seat-who'), { label: 'Bob Durand (bob)' });
  await anne.click('submit-seat');
  await anne.shown('seat', { 'data-login': 'bob', 'data-manager': 'false' });
  await anne.click('seat-manager');
  await anne.shown('seat', { 'data-login': 'bob', 'data-manager': 'true' });
  await anne.until('the group is in sight', () => { document.querySelector('[data-test="groups"]').scrollIntoView(); return true; });
  assert.deepEqual(await look(anne, 'groups-desktop-light'), []);
  await bob.reload();
  await bob.click('place', { 'data-kind': 'group', 'data-name': 'Choir' });
  await bob.shown('files-add');
  await bob.click('files-share'); // who manages the group decides about its top
  await bob.shown('grant-who');
  assert.equal(await bob.count('links'), 0);
  assert.deepEqual(await look(bob, 'share-phone-dark-french', 14), []);
  await bob.press('Escape');
  await bob.gone('dialog-share');
  await anne.click('nav-files');
  await anne.shown('place', { 'data-kind': 'team' });
  assert.equal(await anne.count('place', { 'data-kind': 'group' }), 0, 'an admin who is in no group sees none');
  await anne.evaluate(() => fetch('/api/v1/logout', { method: 'POST' }));
  await anne.goto('/files/team');
  await anne.click('team-to-login');
  await anne.fill('f-login', 'anne');
  await anne.fill('f-password', PASSWORD);
  await anne.click('submit-login');
  await anne.shown('place', { 'data-kind': 'team', 'aria-current': 'page' });
  for (const v of [anne, bob]) assert.deepEqual(unexpectedErrors(v).filter((e) => !/40[013]/.test(e)), []);
});
