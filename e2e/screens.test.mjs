// Pictures of every page for people to look at (e2e/out), and what can be checked of them by measure: nothing sticks
// out, nothing is too small to hit or to read, and French is French.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before } from 'node:test';
import { layoutFaults, settled, strings } from './lib/access.mjs';
import { OUT, PHONE, Scene } from './lib/scene.mjs';

const scene = new Scene();
let crowd;
before(async () => {
  await scene.open();
  await scene.server.room('sunday');
  crowd = spawn(path.resolve('../bin/tablee'), ['loadtest', '--participants', '5', '--duration', '300s', `${scene.server.origin}/r/sunday`]);
});
after(async () => {
  crowd.kill();
  await scene.close();
});

const LOOKS = [
  { name: 'desktop-light', theme: 'light', lang: 'en', context: {} },
  { name: 'desktop-dark', theme: 'dark', lang: 'en', context: {} },
  { name: 'desktop-french', theme: 'light', lang: 'fr', context: { locale: 'fr-FR' } },
  { name: 'phone-light', theme: 'light', lang: 'en', context: PHONE },
  { name: 'phone-dark-french', theme: 'dark', lang: 'fr', context: { ...PHONE, locale: 'fr-FR' } },
  { name: 'tablet-french', theme: 'light', lang: 'fr', context: { locale: 'fr-FR', viewport: { width: 720, height: 900 } } }, // between the phone's bar and the desktop's
  { name: 'zoomed', theme: 'light', lang: 'en', context: { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 } }, // 200 %
];
const said = {}; // strings by page and language

for (const look of LOOKS) {
  scene.alone(`pages: ${look.name}`, async () => {
    const v = await scene.visitor('Margaux', { context: look.context, script: choose, argument: [look.theme, look.lang] });
    const faults = {};
    const take = async (page) => {
      await settled(v);
      await v.page.screenshot({ path: path.join(OUT, `${page}-${look.name}.png`) });
      const smallestText = look.context.isMobile ? 14 : 12;
      faults[page] = await layoutFaults(v, { smallestText });
      (said[page] ??= {})[look.lang] = await strings(v);
    };
    const phone = Boolean(look.context.isMobile);

    await v.goto('/');
    await v.shown('page-home');
    assert.equal(await v.evaluate(() => document.documentElement.lang), look.lang);
    await take('home');
    await v.goto('/r/sunday');
    await v.shown('seated', {});
    await v.shown('preview', { 'data-camera': 'on' });
    await take('prejoin');
    await v.passPrejoin();
    await v.shown('tile', { 'data-self': 'false', 'data-video': 'live' });
    await v.until('pictures of three others', () =>
      document.querySelectorAll('[data-test="tile"][data-video="live"][data-self="false"]').length >= 3);
    await take('meeting');
    if (!phone) {
      await v.press('w');
      await v.shown('page-meeting', { 'data-view': 'speaker' });
      await take('speaker');
      await v.press('w');
    }
    await v.click('chat');
    await v.fill('chat-input', look.lang === 'fr' ? 'Bonjour à tous !' : 'Hello everybody!');
    await v.click('chat-send');
    await v.shown('chat-message', { 'data-pending': 'false' });
    await take('chat');
    await v.click('panel-close');
    await v.click('more');
    await v.shown('menu');
    await take('menu');
    await v.click('invite');
    await v.shown('qr');
    await take('invite');
    await v.click('panel-close');
    await v.click('more');
    await v.click('settings');
    await v.shown('dialog-settings');
    await take('settings');
    await v.click('dialog-close');
    await v.click('leave');
    await v.shown('page-left');
    await take('left');
    assert.deepEqual(Object.entries(faults).filter(([, f]) => f.length > 0), []);
  });
}

scene.alone('alone in a room: the invitation', async () => {
  await scene.server.room('empty-table');
  for (const [name, context] of [['desktop', {}], ['phone', PHONE]]) {
    const v = await scene.visitor('Margaux', { context });
    await v.join('empty-table');
    await v.shown('invite-empty');
    await settled(v);
    await v.page.screenshot({ path: path.join(OUT, `alone-${name}.png`) });
    assert.deepEqual(await layoutFaults(v, { smallestText: 12 }), []);
    await v.click('leave');
    await v.shown('page-left');
  }
});

scene.alone('a phone finds hand and share in the menu, and has its panels above the bar', async () => {
  const v = await scene.visitor('Margaux', { context: PHONE });
  await v.join('sunday');
  for (const pressed of ['true', 'false']) {
    await v.click('more');
    await v.click('hand');
    await v.until('the hand', (up) => {
      const { me, members } = window.tablee.state();
      return String(Boolean(members.find((m) => m.id === me)?.hand)) === up;
    }, pressed);
  }
  await v.click('chat');
  await v.shown('panel', { 'data-panel': 'chat' });
  await v.toggle('mic', false); // the bar stays, and can be used
  await v.click('panel-close');
  await v.gone('panel');
});

scene.alone('errors and an unknown room', async () => {
  const v = await scene.visitor('Margaux');
  await v.goto('/r/nobody-was-here');
  await v.shown('page-prejoin', { 'data-room': 'unknown' });
  await v.page.screenshot({ path: path.join(OUT, 'unknown-room.png') });
  const denied = await scene.visitor('Margaux', { browser: { devices: 'denied' }, context: { locale: 'fr-FR' } });
  await denied.goto('/r/sunday');
  await denied.shown('device-problem');
  await denied.page.screenshot({ path: path.join(OUT, 'denied-french.png') });
  assert.deepEqual(await layoutFaults(denied), []);
});

scene.alone('no English is left in French', async () => {
  const own = /Margaux|sunday|localhost|Tablée/i;
  for (const [page, by] of Object.entries(said)) {
    const same = (by.fr ?? []).filter((s) => by.en?.includes(s) && !own.test(s));
    assert.deepEqual(same, [], page);
  }
});

function choose([theme, lang]) {
  localStorage.setItem('tablee.theme', theme);
  localStorage.setItem('tablee.lang', lang);
}
