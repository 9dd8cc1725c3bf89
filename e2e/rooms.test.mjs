// A host keeps a room: lobby, moderation, polls, invitations, small groups; and the guest on a phone whom all this befalls.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, settled } from './lib/access.mjs';
import { OUT, Scene } from './lib/scene.mjs';
import { hook } from './lib/visitor.mjs';

const scene = new Scene();
before(() => scene.open());
after(() => scene.close());

const PHONE = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: 'fr-FR' };

/** Opens a room as its host: the page takes the token out of the link. */
async function host(name) {
  const v = await scene.visitor('Hélène');
  await v.goto(`/r/${name}`);
  await v.passPrejoin();
  return v;
}

async function look(v, name) {
  await settled(v);
  await v.page.screenshot({ path: path.join(OUT, `rooms-${name}.png`) });
  assert.deepEqual(await layoutFaults(v, { smallestText: 12 }), [], name);
  assert.deepEqual(await axeFindings(v), [], name);
}

scene.alone('a lobby, a guest on a phone, moderation, and the end', async () => {
  const h = await host('salon-bleu');
  await h.click('more');
  await h.click('people');
  await h.click('room-settings');
  await h.shown('dialog-room');
  await look(h, 'settings');
  await h.click('set-lobby');
  await h.click('set-save');
  await h.gone('dialog-room');

  const g = await scene.visitor('Gaël', { context: PHONE });
  await g.goto('/r/salon-bleu');
  await g.shown('guarded');
  await g.devicesStarted();
  await g.fill('your-name', 'Gaël');
  await g.click('join');
  await g.shown('page-waiting', { 'data-place': '1' });
  await look(g, 'waiting-phone-french');
  await h.shown('waiter');
  await look(h, 'lobby');
  await h.click('admit');
  await g.joined();

  await h.click('person-menu');
  await h.shown('person-mute');
  await look(h, 'person');
  await h.click('person-mute');
  await g.shown('mic', { 'aria-pressed': 'false' });
  await g.shown('banner', { 'data-banner': 'notice' });
  await h.click('person-menu');
  await h.click('person-unmute');
  await g.shown('asked-yes');
  await look(g, 'asked-phone-french');
  await g.click('asked-yes');
  await g.shown('mic', { 'aria-pressed': 'true' });
  await h.click('person-menu');
  await h.click('person-moderator');
  await g.click('more');
  await g.click('people');
  await g.shown('tools'); // what moderators have
  await look(g, 'moderator-phone-french');

  await h.click('tab-polls');
  await h.fill('poll-question', 'Quand ?');
  const options = await h.page.$$(hook('poll-option'));
  await options[0].fill('lundi');
  await options[1].fill('mardi');
  await h.click('poll-start');
  await h.shown('poll');
  await g.click('tab-polls');
  await g.page.locator(hook('poll-answer')).nth(1).click();
  await h.shown('poll-answer', { 'data-votes': '1' });
  await h.page.locator(hook('timer', { 'data-minutes': '5' })).click();
  await g.shown('banner', { 'data-banner': 'timer' });
  await look(h, 'poll');
  await look(g, 'poll-phone-french');

  await h.click('tab-people');
  await h.click('person-menu');
  await h.click('person-remove');
  await g.shown('page-left', { 'data-reason': 'removed' });
  await look(g, 'removed-phone-french');
  await h.click('end-all');
  await h.click('end-all');
  await h.shown('page-left', { 'data-reason': 'ended' });
});

scene.alone('a password, a locked room, and a personal invitation that works once', async () => {
  const h = await host('salon-vert');
  await h.click('more');
  await h.click('people');
  await h.click('room-settings');
  await h.fill('set-password', 'sésame');
  await h.click('set-save');
  await h.gone('dialog-room');
  const g = await scene.visitor('Gaël');
  await g.goto('/r/salon-vert');
  await g.devicesStarted();
  await g.fill('your-name', 'Gaël');
  await g.click('join');
  await g.shown('prejoin-error', { 'data-code': 'password_needed' });
  await g.fill('room-password', 'sesame');
  await g.click('join');
  await g.shown('prejoin-error', { 'data-code': 'password_wrong' });
  await look(g, 'password');
  await g.fill('room-password', 'sésame');
  await g.click('join');
  await g.joined();

  await h.click('tab-invite');
  await h.click('link-make');
  await h.shown('link-fresh');
  await look(h, 'links');
  const url = await h.evaluate((s) => document.querySelector(s).value, hook('link-url'));
  const i = await scene.visitor('Inès');
  await i.goto(url.slice(i.origin.length));
  await i.passPrejoin();
  const j = await scene.visitor('Jo');
  await j.goto(url.slice(j.origin.length));
  await j.devicesStarted();
  await j.fill('your-name', 'Jo');
  await j.click('join');
  await j.shown('page-left', { 'data-code': 'link_invalid' });
});

scene.alone('small groups, there and back', async () => {
  const h = await host('salon-rouge');
  const g = await scene.visitor('Gaël');
  await g.join('salon-rouge');
  await h.click('more');
  await h.click('people');
  await h.click('breakouts');
  await h.shown('dialog-breakouts');
  await h.click('breakout-start');
  await g.shown('banner', { 'data-banner': 'breakout' });
  await g.joined();
  await h.shown('breakout', { 'data-group': '1', 'data-people': '1' });
  await look(h, 'breakouts');
  await h.fill('breakout-text', 'Encore cinq minutes');
  await h.click('breakout-announce');
  await g.shown('banner', { 'data-banner': 'announce' });
  await look(g, 'breakout');
  await h.click('breakout-recall');
  await g.gone('banner', { 'data-banner': 'breakout' });
  await g.joined();
  await g.until('two are in the meeting', () => window.tablee.state().members.length === 2);
});
