// The admin's first day, without documentation: the link on the console, an account, a room, a link for somebody, a
// member; each page of the admin in both themes and languages, on a desk and on a phone.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, settled } from './lib/access.mjs';
import { unexpectedErrors } from './lib/clean.mjs';
import { logIn } from './lib/person.mjs';
import { OUT, PHONE, Scene } from './lib/scene.mjs';

const scene = new Scene();
before(() => scene.open(['--rooms-max-participants', '250', '--rooms-max-participants-total', '250'])); // for the last test
after(() => scene.close());

const PASSWORD = 'cheval agrafe pile';
const LOOKS = [
  { name: 'desktop-light', theme: 'light', lang: 'en', context: {} },
  { name: 'phone-dark-french', theme: 'dark', lang: 'fr', context: { ...PHONE, locale: 'fr-FR' } },
];
/** Names that are script, wherever they are shown. */
const NASTY = ['<img src=x onerror=pwned()>', '"><script>pwned()</script>', "javascript:pwned()//'", '{{constructor.constructor("pwned()")()}}', '<svg/onload=pwned()>'];

const choose = ([theme, lang]) => {
  localStorage.setItem('tablee.theme', theme);
  localStorage.setItem('tablee.lang', lang);
  window.pwned = () => { window.wasPwned = true; };
};

scene.alone('an admin’s first day', async () => {
  const v = await scene.visitor('Anne', { script: choose, argument: ['light', 'en'] });
  const setup = /\/setup#(\S+)/.exec(scene.server.log);
  assert.ok(setup, 'the server prints a setup link');
  await v.goto(setup[0]);
  await v.shown('form-setup');
  assert.equal(await v.evaluate(() => location.hash), '', 'the secret does not stay in the address bar');
  await v.page.screenshot({ path: path.join(OUT, 'admin-setup-desktop-light.png') });
  assert.deepEqual(await axeFindings(v), []);
  await v.fill('f-login', 'Anne');
  await v.fill('f-name', 'Anne Martin');
  await v.fill('f-password', 'short words'.slice(0, 10).replace(/./g, 'a'));
  await v.click('submit-setup');
  await v.shown('admin-error', { 'data-code': 'password_weak' });
  await v.fill('f-password', PASSWORD);
  await v.click('submit-setup');
  await v.shown('dial');
  await v.click('nav-rooms');
  await v.shown('form-room');
  await v.fill('f-room', 'Chorale du lundi');
  await v.click('submit-room');
  await v.shown('once');
  await v.shown('room', { 'data-room': 'chorale-du-lundi' });
  await v.click('room-edit');
  await v.shown('form-link');
  await v.click('submit-link');
  await v.until('a link is told', () => [...document.querySelectorAll('[data-test="once-text"]')].some((e) => e.textContent.includes('#link=')));
  await v.click('nav-members');
  await v.shown('form-invite');
  await v.click('submit-invite');
  await v.shown('once-text');
  const invitation = await v.text('once-text');

  const bob = await scene.visitor('Bob', { context: PHONE, script: choose, argument: ['light', 'fr'] });
  await bob.goto(new URL(invitation).pathname + new URL(invitation).hash);
  await bob.shown('form-welcome');
  await bob.fill('f-login', 'bob');
  await bob.fill('f-password', 'un deux trois quatre');
  await bob.click('submit-welcome');
  await bob.shown('page-account');
  await bob.shown('form-app');
  assert.equal(await bob.count('nav-members'), 0, 'a member is shown nothing of the admin’s');
  assert.deepEqual(unexpectedErrors(v).filter((e) => !e.includes('400')), []); // the weak password was refused
});

for (const look of LOOKS) {
  scene.alone(`the admin’s pages: ${look.name}`, async () => {
    const v = await scene.visitor('Anne', { context: look.context, script: choose, argument: [look.theme, look.lang] });
    await logIn(v, 'anne', PASSWORD);
    const found = {};
    for (const part of ['now', 'rooms', 'members', 'settings', 'network', 'storage', 'outside', 'log', 'account']) {
      await v.click(`nav-${part}`);
      await v.shown(part === 'account' ? 'page-account' : 'page-admin');
      await v.until('it has loaded', () => document.querySelector('h1') && !/Loading|Chargement|Checking|en cours, quelques/.test(document.body.textContent));
      await settled(v);
      await v.page.screenshot({ path: path.join(OUT, `admin-${part}-${look.name}.png`), fullPage: true });
      found[part] = [...await axeFindings(v), ...await layoutFaults(v, { smallestText: look.context.isMobile ? 14 : 12 })];
    }
    assert.deepEqual(found, Object.fromEntries(Object.keys(found).map((k) => [k, []])));
  });
}

scene.alone('settings change while the server runs, and the front page says whose server it is', async () => {
  const v = await scene.visitor('Anne', { script: choose, argument: ['light', 'en'] });
  await logIn(v, 'anne', PASSWORD);
  await v.click('nav-settings');
  await v.shown('f-name');
  await v.fill('f-name', 'Chorale du lundi');
  await v.fill('f-welcome', 'Bonsoir <b>à tous</b>.');
  await v.click('submit-settings-front');
  await v.shown('saved');
  await v.goto('/');
  await v.shown('front');
  assert.match(await v.text('front'), /Chorale du lundi Bonsoir <b>à tous<\/b>\./);
  assert.deepEqual(unexpectedErrors(v), []);
});

/** Looks at a page of the admin in one theme and language: axe, layout, a picture. */
async function look(v, name, { phone = false } = {}) {
  await settled(v);
  await v.page.screenshot({ path: path.join(OUT, `admin-${name}.png`), fullPage: true });
  assert.deepEqual([...await axeFindings(v), ...await layoutFaults(v, { smallestText: phone ? 14 : 12 })], []);
}

scene.alone('what takes room, and making room', async () => {
  const v = await scene.visitor('Anne', { script: choose, argument: ['light', 'en'] });
  await logIn(v, 'anne', PASSWORD);
  await v.evaluate(async () => {
    const send = async (method, path, body, type = 'application/json') => {
      const r = await fetch(`/api/v1${path}`, { method, headers: { 'content-type': type }, body });
      if (!r.ok) throw new Error(`${method} ${path}: ${r.status}`);
      return r.status === 204 ? null : r.json();
    };
    const raw = 'application/octet-stream';
    const me = (await send('GET', '/me')).account;
    const group = await send('POST', '/groups', JSON.stringify({ name: 'Comité des fêtes du quartier' }));
    await send('PUT', `/groups/${group.id}/members/${me.id}`, JSON.stringify({ manager: true }));
    for (const [space, size] of [[`user/${me.id}`, 900_000], [`team/${group.id}`, 3_400_000], ['team/all', 120_000]]) {
      const base = `/files/${space}`;
      for (const part of [0.5, 0.8, 1]) await send('POST', `${base}/upload?name=plan.bin`, new Uint8Array(size * part), raw);
      const old = await send('POST', `${base}/upload?name=old.bin`, new Uint8Array(size / 3), raw);
      await send('DELETE', `${base}/${old.id}`);
    }
    const drop = await send('POST', '/drops', '{}');
    await send('POST', `/drops/${drop.manage}/files/upload?name=x`, new Uint8Array(50_000), raw);
    await send('POST', '/server/snapshot');
  });
  const phone = await scene.visitor('Anne', { context: { ...PHONE, locale: 'fr-FR' }, script: choose, argument: ['dark', 'fr'] });
  await logIn(phone, 'anne', PASSWORD);
  await phone.click('nav-storage');
  await phone.shown('share', { 'data-kind': 'group' });
  await phone.click('purge-trash');
  await phone.click('purge');
  await phone.shown('purge-sure');
  await look(phone, 'storage-full-phone-dark-french', { phone: true });
  await v.click('nav-storage');
  await v.shown('part', { 'data-code': 'trash' });
  assert.equal(await v.count('share'), 3);
  await v.click('purge-trash');
  await v.click('purge-versions');
  await v.click('purge');
  await v.click('purge-sure');
  await v.shown('purged', { 'data-bytes': '7219333' }); // a third, and the half and four fifths that were replaced
  await v.until('they are not listed any more', () => !document.querySelector('[data-code="trash"]') && !document.querySelector('[data-code="versions"]'));
  await look(v, 'storage-full-desktop-light');
  assert.deepEqual(unexpectedErrors(v), []);
});

scene.alone('a member plans a meeting', async () => {
  const v = await scene.visitor('Anne', { script: choose, argument: ['light', 'en'] });
  await logIn(v, 'anne', PASSWORD);
  await v.click('nav-account');
  await v.shown('f-room');
  await v.fill('f-room', 'Répétition');
  await v.fill('f-plan-starts', '2030-01-07T19:30');
  await v.click('submit-room');
  await v.shown('made-calendar');
  const file = await v.evaluate(async () => (await fetch(document.querySelector('[data-test="made-calendar"]').href)).text());
  assert.match(file, /DTSTART:20300107T/);
  await v.shown('room', { 'data-room': 'repetition' });
  await v.until('its settings open', () => { const b = document.querySelector('[data-room="repetition"] [data-test="room-edit"]'); if (b && b.getAttribute('aria-expanded') === 'false') b.click(); return document.querySelector('[data-test="f-talk"]'); });
  await v.page.selectOption('[data-test="f-talk"]', 'speaker');
  await v.click('submit-edit');
  await v.until('it is stored', async () => (await (await fetch('/api/v1/rooms/repetition/settings')).json()).settings.talk === 'speaker');
  const stored = await v.evaluate(async () => (await (await fetch('/api/v1/rooms/repetition/settings')).json()).settings);
  assert.equal(stored.minutes, 60);
  assert.ok(stored.starts.startsWith('2030-01-07T'), 'the start stays');
  await settled(v);
  await v.page.screenshot({ path: path.join(OUT, 'admin-plan-desktop-light.png'), fullPage: true });
  assert.deepEqual(await axeFindings(v), []);
});

scene.alone('names that are script are only shown', async () => {
  const v = await scene.visitor('Anne', { script: choose, argument: ['light', 'en'] });
  await logIn(v, 'anne', PASSWORD);
  for (const name of NASTY) {
    const status = await v.evaluate(async (n) => (await fetch('/api/v1/accounts', { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login: `x${Math.random().toString(36).slice(2)}`, name: n }) })).status, name);
    assert.equal(status, 200);
    await v.evaluate((n) => fetch('/api/v1/invitations', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ label: n }) }), name);
  }
  await v.click('nav-members');
  await v.until('they are there', (names) => names.every((n) => document.body.textContent.includes(n)), NASTY);
  assert.equal(await v.evaluate(() => window.wasPwned ?? false), false);
  assert.deepEqual(unexpectedErrors(v), []);
});

/** Seats people in a room from a page: a WebSocket of the protocol for each, as their browsers would have. */
const seat = async ([name, people]) => {
  const come = (i) => new Promise((done, fail) => {
    const ws = new WebSocket(`${location.origin.replace('http', 'ws')}/ws/room/${name}`, 'tablee.v1');
    ws.onopen = () => ws.send(JSON.stringify({ t: 'hello', v: 1, name: `Person ${i}` }));
    ws.onmessage = (m) => { if (JSON.parse(m.data).t === 'welcome') done(); };
    ws.onclose = (e) => fail(new Error(`person ${i}: ${e.code}`));
    (window.seated ??= []).push(ws);
  });
  for (let i = 0; i < people; i += 20) await Promise.all(Array.from({ length: 20 }, (_, j) => come(i + j)));
};

scene.alone('the page stays usable with 500 rooms, and 200 people in one of them', async () => {
  const v = await scene.visitor('Anne', { script: choose, argument: ['light', 'en'] });
  await logIn(v, 'anne', PASSWORD);
  await v.evaluate(async () => {
    for (let i = 0; i < 500; i += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, j) => fetch(`/api/v1/rooms/${`room ${i + j}`.replace(' ', '%20')}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' })));
    }
  });
  const people = await scene.visitor('People', {});
  await people.goto('/');
  await people.evaluate(seat, ['room-499', 200]);
  const took = {};
  const timed = async (what, act) => {
    const from = performance.now();
    await act();
    took[what] = Math.round(performance.now() - from);
  };
  await timed('now: 200 are counted', async () => {
    await v.click('nav-now');
    await v.until('the meeting is listed', () => /200/.test(document.querySelector('[data-test="live-rooms"]')?.textContent ?? ''));
  });
  await timed('rooms: 50 of 500', async () => {
    await v.click('nav-rooms');
    await v.shown('rooms-more');
  });
  assert.equal(await v.count('room'), 50);
  await timed('rooms: 50 more', async () => {
    await v.click('rooms-more');
    await v.until('more are shown', () => document.querySelectorAll('[data-test="room"]').length === 100);
  });
  await timed('rooms: one is found', async () => {
    await v.fill('room-search', 'room 499');
    await v.until('one is found', () => document.querySelectorAll('[data-test="room"]').length === 1);
  });
  await v.shown('room', { 'data-room': 'room-499' });
  assert.match(await v.text('room', { 'data-room': 'room-499' }), /200/);
  await timed('rooms: its settings', async () => {
    await v.click('room-edit');
    await v.shown('form-edit');
  });
  await v.click('room-close');
  await timed('rooms: the meeting of 200 is ended', async () => {
    await v.click('room-close-sure');
    await v.until('nobody is seated', async () => (await (await fetch('/api/v1/server/now')).json()).rooms.length === 0, null, 60_000);
  });
  await timed('storage', async () => {
    await v.click('nav-storage');
    await v.shown('parts');
  });
  console.log('# milliseconds:', JSON.stringify(took));
  assert.deepEqual(unexpectedErrors(v), []);
});
