// Before a meeting: opening rooms, devices that are missing or forbidden, who is inside, sound that must be unlocked.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { unexpectedErrors } from './lib/clean.mjs';
import { hears, sees } from './lib/media.mjs';
import { Scene } from './lib/scene.mjs';
import { until } from './lib/until.mjs';

const scene = new Scene();
before(() => scene.open(['--rooms-max-participants', '2']));
after(() => scene.close());

scene.alone('names that make no room are refused in a sentence', async () => {
  const v = await scene.visitor('Eve');
  await v.goto('/');
  await v.shown('page-home');
  const bad = ['../etc/passwd', 'переговорная', 'x', '日本語', 'a\u202eb', 'a/b', `${'long'.repeat(30)}`];
  for (const name of bad) {
    await v.fill('room-name', name);
    await v.click('open-room');
    await v.shown('home-error', { 'data-code': 'room_name_invalid' });
    const said = await v.text('home-error');
    assert.ok(said.trim().length > 20 && !/room_name_invalid|undefined|Error/.test(said), `${name}: "${said}"`);
    assert.equal(await v.evaluate(() => location.pathname), '/');
    await v.fill('room-name', '');
  }
});

scene.alone('an empty name gets a made-up room; a link with a bad name says so', async () => {
  const v = await scene.visitor('Eve');
  await v.goto('/');
  await v.shown('page-home');
  await v.click('open-room');
  await v.shown('page-prejoin', { 'data-room': 'known' });
  assert.match(await v.evaluate(() => location.pathname), /^\/r\/[a-z0-9]+(-[a-z0-9]+)+$/);
  for (const [path, state] of [['/r/%00', 'invalid'], ['/r/%E2%80%AEabc', 'invalid'], [`/r/${'a'.repeat(300)}`, 'invalid'], ['/r/nobody-was-here', 'unknown']]) {
    await v.goto(path);
    await v.shown('page-prejoin', { 'data-room': state });
    assert.ok((await v.text('page-prejoin')).length > 20, `${path} says nothing`);
  }
});

scene.alone('denied permission is explained, and one can still join, see and hear', async () => {
  await scene.server.room('denied');
  const denied = await scene.visitor('Eve', { browser: { devices: 'denied' } });
  await denied.goto('/r/denied');
  await denied.shown('device-problem', { 'data-problem': 'denied' });
  assert.ok((await denied.text('device-problem')).length > 40, 'no explanation');
  await denied.passPrejoin({ devices: false });
  const other = await scene.visitor('Max');
  await other.join('denied');
  await sees(denied, other.id);
  await hears(denied, [other.id]);
  await other.shown('tile', { 'data-member': denied.id, 'data-camera': 'off', 'data-mic': 'off' });
  assert.deepEqual(unexpectedErrors(denied), []);
});

scene.alone('without any device one can join, see and hear', async () => {
  await scene.server.room('bare');
  const bare = await scene.visitor('Eve', { browser: { devices: 'none' } });
  await bare.goto('/r/bare');
  await bare.shown('device-problem', { 'data-problem': 'not-found' });
  await bare.passPrejoin({ devices: false });
  const other = await scene.visitor('Max');
  await other.join('bare');
  await sees(bare, other.id);
  await hears(bare, [other.id]);
  assert.deepEqual(unexpectedErrors(bare), []);
});

scene.alone('who joined muted and without camera is neither heard nor seen until they say so', async () => {
  await scene.server.room('quiet');
  const [shy, other] = await Promise.all([scene.visitor('Eve'), scene.visitor('Max')]);
  await shy.join('quiet', { mic: false, camera: false });
  await other.join('quiet');
  await other.shown('tile', { 'data-member': shy.id, 'data-camera': 'off', 'data-mic': 'off' });
  assert.equal((await shy.state()).members.find((m) => m.id === shy.id).mic, false);
  await shy.toggle('mic', true);
  await shy.toggle('camera', true);
  await sees(other, shy.id);
  await hears(other, [shy.id]);
});

scene.alone('who is inside is shown before one joins, and a full room says so', async () => {
  await scene.server.room('table');
  const [first, second, third] = [await scene.visitor('Ada'), await scene.visitor('Bo'), await scene.visitor('Cleo')];
  await first.join('table');
  await second.goto('/r/table');
  await second.shown('table', { 'data-count': '1' });
  assert.match(await second.text('table') + await second.evaluate(() => document.querySelector('[data-test="seated"]').outerHTML), /Ada/);
  await second.passPrejoin();
  await third.goto('/r/table');
  await third.shown('page-prejoin', { 'data-room': 'full' });
});

scene.alone('the name is remembered, and the level of the microphone is seen', async () => {
  await scene.server.room('again');
  const v = await scene.visitor('Éloïse');
  await v.join('again');
  await v.click('leave');
  await v.shown('page-left');
  await v.goto('/r/again');
  await v.until('remembers the name', () => document.querySelector('[data-test="your-name"]')?.value === 'Éloïse');
  await v.devicesStarted();
  await v.until('the meter moves', () => Number(document.querySelector('[data-test="mic-meter"]')?.dataset.level) > 5);
});

scene.alone('where the browser refuses to play sound, one click unlocks it', async () => {
  await scene.server.room('silent');
  const talker = await scene.visitor('Max');
  await talker.join('silent');
  // Chromium plays sound to whoever has touched the page or lends it a microphone. So this one has no devices, joins by
  // script, and is not even looked at: what a test driver evaluates counts as a touch.
  const v = await scene.visitor('Eve', { browser: { autoplay: false, devices: 'denied' } });
  let seen = false;
  await v.page.exposeFunction('unlockIsOffered', () => { seen = true; });
  await v.page.addInitScript(joinUntouched);
  await v.goto('/r/silent');
  await until('a button to unlock the sound', () => seen);
  await v.click('unlock-sound');
  await v.gone('unlock-sound');
  await hears(v, [talker.id]);
});

function joinUntouched() {
  localStorage.setItem('tablee.name', 'Eve');
  const find = (name) => document.querySelector(`[data-test="${name}"]`);
  const timer = setInterval(() => {
    if (find('device-problem') && find('join')?.disabled === false) find('join').click();
    if (!find('unlock-sound')) return;
    clearInterval(timer);
    window.unlockIsOffered();
  }, 300);
}
