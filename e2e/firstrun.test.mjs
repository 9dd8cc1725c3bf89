// A box's first evening, by somebody who has read nothing: every step is found on the page before. The link that the server
// prints, an account, a room, its link on a guest's phone, the lobby, keeping order, the end; axe on every page on the way.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, strings } from './lib/access.mjs';
import { foreignRequests, unexpectedErrors } from './lib/clean.mjs';
import { sees } from './lib/media.mjs';
import { OUT, Scene } from './lib/scene.mjs';

const scene = new Scene();
before(() => scene.open());
after(() => scene.close());

const PHONE = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: 'fr-FR' };
const ROOM = 'Chorale du lundi';
const found = {};
const english = new Set(); // what the host's pages say: none of it is on the guest's, which are French

async function look(v, name) {
  const said = await strings(v);
  const unread = v.name === 'Anne' ? [] : said.filter((s) => s !== ROOM && english.has(s));
  if (v.name === 'Anne') for (const s of said) english.add(s);
  found[name] = [...await axeFindings(v), ...await layoutFaults(v, { smallestText: 12 }), ...unread.map((s) => `not French: ${s}`)];
  await v.page.screenshot({ path: path.join(OUT, `firstrun-${name}.png`) });
}

let anne;
let guest;

scene.step('the printed link makes an account, the account makes a room, and its door waits for the host', async () => {
  anne = await scene.visitor('Anne', { context: { permissions: ['clipboard-read', 'clipboard-write'] } });
  const [setup] = /http:\S+\/setup#\S+/.exec(scene.server.log) ?? [];
  assert.ok(setup, 'the server prints a setup link');
  await anne.page.goto(setup);
  await anne.shown('form-setup');
  await look(anne, 'setup');
  await anne.fill('f-login', 'anne');
  await anne.fill('f-name', 'Anne');
  await anne.fill('f-password', 'cheval agrafe pile');
  await anne.click('submit-setup');
  await anne.shown('dial');
  await look(anne, 'now');
  await anne.click('nav-rooms');
  await anne.fill('f-room', ROOM);
  await anne.click('submit-room');
  await anne.shown('room', { 'data-room': 'chorale-du-lundi' });
  const told = await anne.evaluate(() => [...document.querySelectorAll('[data-test="once-text"]')].map((e) => e.textContent));
  assert.deepEqual(told.map((l) => l.replace(/=.*/, '=')), [`${scene.server.origin}/r/chorale-du-lundi`, `${scene.server.origin}/r/chorale-du-lundi#host=`]);
  await look(anne, 'rooms');
  await anne.click('room-edit');
  await anne.click('f-lobby');
  await anne.click('submit-edit');
  await anne.shown('saved');
  await look(anne, 'room');
  await anne.click('room-open');
  await anne.shown('page-prejoin', { 'data-room': 'known' });
  await look(anne, 'prejoin');
  await anne.passPrejoin();
  await anne.shown('invite-empty');
  await look(anne, 'alone');
});

scene.step('who opens the link on a phone waits, and is let in', async () => {
  await anne.click('copy-link');
  const link = await anne.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, `${scene.server.origin}/r/chorale-du-lundi`);
  guest = await scene.visitor('Gaël', { context: PHONE });
  await guest.page.goto(link);
  await guest.shown('guarded');
  await guest.devicesStarted();
  await look(guest, 'guest-prejoin');
  await guest.toggle('toggle-camera', false); // two cores are to encode one picture, not two
  await guest.fill('your-name', 'Gaël');
  await guest.click('join');
  await guest.shown('page-waiting', { 'data-place': '1' });
  await look(guest, 'guest-waits');
  await anne.click('people');
  await anne.shown('waiter');
  await look(anne, 'lobby');
  await anne.click('admit');
  await guest.joined();
  await sees(guest, anne.id);
  await look(guest, 'guest-meeting');
});

scene.step('the host mutes, takes out, and ends it for all', async () => {
  await anne.click('person-menu');
  await anne.shown('person-mute');
  await look(anne, 'meeting');
  await anne.click('person-mute');
  await guest.shown('mic', { 'aria-pressed': 'false' });
  await anne.shown('person', { 'data-member': guest.id, 'data-mic': 'off' });
  await look(guest, 'guest-muted');
  await anne.click('person-menu');
  await anne.click('person-remove');
  await guest.shown('page-left', { 'data-reason': 'removed' });
  await look(guest, 'guest-removed');

  await guest.click('rejoin'); // who was taken out may knock again
  await guest.shown('page-waiting', { 'data-place': '1' });
  await anne.click('admit');
  await guest.joined();
  await anne.click('end-all');
  await anne.click('end-all'); // asks once whether that is meant
  await guest.shown('page-left', { 'data-reason': 'ended' });
  await anne.shown('page-left', { 'data-reason': 'ended' });
  await look(anne, 'ended');
  await look(guest, 'guest-ended');
  assert.deepEqual(found, Object.fromEntries(Object.keys(found).map((k) => [k, []])));
  for (const v of [anne, guest]) {
    assert.deepEqual(unexpectedErrors(v), []);
    assert.deepEqual(await foreignRequests(v), []);
  }
});
