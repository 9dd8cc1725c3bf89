// One meeting of three Chromium and one Firefox, from the first hello to the last goodbye, through everything that
// happens to a meeting in between.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { foreignRequests, unexpectedErrors } from './lib/clean.mjs';
import { hears, hearsNot, picture, sees } from './lib/media.mjs';
import { Scene, SMALL } from './lib/scene.mjs';
import { until } from './lib/until.mjs';

const scene = new Scene();
const COLOURS = { Ada: 'rgb(200,30,30)', Bo: 'rgb(30,160,30)', Cleo: 'rgb(30,30,200)' };
let ada, bo, cleo, dan;
const all = () => [ada, bo, cleo, dan];
const others = (v) => all().filter((o) => o !== v);

before(async () => {
  await scene.open();
  [ada, bo, cleo, dan] = await Promise.all([
    scene.visitor('Ada', { camera: COLOURS.Ada, context: SMALL }),
    scene.visitor('Bo', { camera: COLOURS.Bo, context: SMALL }),
    scene.visitor('Cleo', { camera: COLOURS.Cleo, browser: { own: 'Cleo' }, context: SMALL }),
    scene.visitor('Dan', { browser: { firefox: true }, context: SMALL }),
  ]);
});
after(() => scene.close());

/** Everybody sees and hears everybody else. */
async function everybodyMeets(ms) {
  await Promise.all(all().map(async (v) => {
    for (const o of others(v)) await sees(v, o.id, 'camera', ms);
    await hears(v, others(v).map((o) => o.id), ms);
  }));
}

scene.step('a room is opened on the home page, and three others follow the link', async () => {
  await ada.goto('/');
  await ada.shown('page-home');
  await ada.fill('room-name', 'Café du lundi');
  await ada.click('open-room');
  await ada.passPrejoin();
  assert.equal(await ada.evaluate(() => location.pathname), '/r/cafe-du-lundi');
  await Promise.all([bo, cleo, dan].map((v) => v.join('cafe-du-lundi')));
  assert.equal(new Set(all().map((v) => v.id)).size, 4);
});

scene.step('every shown video decodes frames, and every speaker is heard', () => everybodyMeets());

scene.step('every tile shows the picture of the one whose name it bears', async () => {
  for (const v of all()) {
    for (const o of others(v)) {
      const name = await v.evaluate(
        (id) => document.querySelector(`[data-test="tile"][data-member="${id}"] [data-test="tile-name"]`)?.textContent, o.id);
      assert.match(name, new RegExp(o.name), `${v.name}'s tile of ${o.name}`);
      if (o.kind === 'chromium') assert.equal(nearest((await picture(v, o.id)).colour), o.name, `${v.name} looks at ${o.name}`);
    }
  }
});

scene.step('only the layer that is watched is sent', async () => {
  const sent = async (v) => (await v.stats()).sends.filter((s) => s.source === 'camera');
  for (const v of all()) {
    let before = await sent(v);
    await until(`${v.name} sends only the lowest layer`, async () => {
      const now = await sent(v);
      const busy = now.filter((s) => s.packetsSent > (before.find((b) => b.rid === s.rid)?.packetsSent ?? 0)).map((s) => s.rid);
      before = now;
      return busy.join() === 'q';
    });
  }
});

scene.step('mute: nobody hears it, everybody sees it', async () => {
  await ada.toggle('mic', false);
  await Promise.all(others(ada).map(async (v) => {
    await v.shown('tile', { 'data-member': ada.id, 'data-mic': 'off' });
    await hearsNot(v, ada.id);
  }));
  await ada.toggle('mic', true);
  await Promise.all(others(ada).map((v) => hears(v, [ada.id])));
});

scene.step('camera off gives a face with a name, and on again the picture', async () => {
  await bo.toggle('camera', false);
  await Promise.all(others(bo).map((v) => v.shown('tile', { 'data-member': bo.id, 'data-camera': 'off' })));
  for (const v of others(bo)) assert.equal(await picture(v, bo.id), null, `${v.name} still sees a picture of Bo`);
  await bo.toggle('camera', true);
  await Promise.all(others(bo).map((v) => sees(v, bo.id)));
});

scene.step('chat arrives, and waits with a badge where its panel is closed', async () => {
  await ada.click('chat');
  await ada.shown('panel', { 'data-panel': 'chat' });
  await ada.fill('chat-input', 'Is there coffee?');
  await ada.click('chat-send');
  await ada.shown('chat-message', { 'data-from': ada.id, 'data-pending': 'false' });
  for (const v of others(ada)) {
    await v.shown('chat-badge');
    assert.equal((await v.text('chat-badge')).trim(), '1');
    await v.click('chat');
    await v.shown('chat-message', { 'data-from': ada.id });
    assert.match(await v.text('chat-message'), /Is there coffee\?/);
    await v.gone('chat-badge');
    await v.click('chat');
    await v.gone('panel');
  }
  await ada.click('chat');
});

scene.step('a raised hand and a reaction are seen by all', async () => {
  await dan.click('hand');
  await dan.shown('hand', { 'aria-pressed': 'true' });
  await ada.click('people');
  await ada.shown('person', { 'data-member': dan.id, 'data-hand': '1' });
  await ada.click('panel-close');
  await dan.click('hand');
  await cleo.click('more');
  await cleo.click('react', { 'data-emoji': '🎉' });
  await Promise.all([ada, bo, dan].map((v) => v.shown('reaction', { 'data-member': cleo.id, 'data-emoji': '🎉' })));
});

scene.step('a shared screen is seen by all, two at once too, and goes away', async () => {
  await ada.click('share');
  await ada.shown('share', { 'aria-pressed': 'true' });
  await Promise.all([bo, cleo, dan].map((v) => sees(v, ada.id, 'screen')));
  await bo.click('share');
  await Promise.all([cleo, dan].map(async (v) => {
    await v.shown('tile', { 'data-member': bo.id, 'data-kind': 'screen' });
    await sees(v, bo.id, 'screen');
    await sees(v, ada.id, 'screen');
  }));
  await ada.click('share');
  await bo.click('share');
  await Promise.all(all().map((v) => v.gone('tile', { 'data-kind': 'screen' })));
  await everybodyMeets();
});

scene.step('one reloads, and is back', async () => {
  await bo.reload();
  await until('Bo is back', async () => await bo.count('page-meeting') > 0 || await bo.count('page-prejoin') > 0);
  if (await bo.count('page-prejoin') > 0) await bo.passPrejoin();
  await bo.joined();
  await Promise.all(all().map((v) => v.until('four are there', () => window.tablee.state().members.length === 4)));
  await everybodyMeets();
});

scene.step('so far no error on any console, and not one request to anybody else', async () => {
  for (const v of all()) {
    assert.deepEqual(unexpectedErrors(v), [], `${v.name}'s console`);
    assert.deepEqual(await foreignRequests(v), [], `${v.name}'s requests`);
  }
});

scene.step('a socket that breaks is mended without touching the media', async () => {
  const decoded = async () => sum((await ada.stats()).slots.map((s) => s.framesDecoded ?? 0));
  const before = await decoded();
  await ada.evaluate(() => window.tablee.dropSocket());
  await ada.joined();
  await bo.shown('tile', { 'data-member': ada.id, 'data-away': 'false' });
  assert.ok(await decoded() >= before, 'the media began anew');
  await everybodyMeets();
});

scene.step('media that break are made anew', async () => {
  await dan.evaluate(() => window.tablee.dropMedia());
  await dan.joined();
  await everybodyMeets();
});

scene.step('one browser is killed: the others go on, and it can come back', async () => {
  const dead = cleo;
  await scene.kill(dead);
  await Promise.all([ada, bo, dan].map((v) => v.until('Cleo is away or gone', (id) => {
    const m = window.tablee.state().members.find((x) => x.id === id);
    return !m || m.away;
  }, dead.id, 60_000)));
  await sees(ada, bo.id);
  await hears(ada, [bo.id, dan.id]);
  cleo = await scene.visitor('Cleo', { camera: COLOURS.Cleo, browser: { own: 'Cleo again' }, context: SMALL });
  await cleo.join('cafe-du-lundi');
  await Promise.all([ada, bo, dan].map((v) => v.gone('tile', { 'data-member': dead.id }, 60_000)));
  await everybodyMeets();
});

for (const signal of ['SIGTERM', 'SIGKILL']) {
  scene.step(`the server is restarted in mid-meeting (${signal}), and all are back with media`, async () => {
    const ids = all().map((v) => v.id);
    const ended = await scene.server.stop(signal);
    if (signal === 'SIGTERM') assert.equal(ended.code, 0, scene.server.log.slice(-2000));
    await Promise.all(all().map((v) => v.shown('banner')));
    await scene.server.run();
    await Promise.all(all().map((v) => v.joined()));
    assert.deepEqual(all().map((v) => v.id), ids, 'everybody is who they were');
    await Promise.all(all().map((v) => v.gone('banner')));
    await everybodyMeets();
    await ada.click('chat');
    await ada.shown('chat-message');
    assert.match(await ada.text('chat-message'), /Is there coffee\?/, 'what was said is still there');
    await ada.click('chat');
  });
}

scene.step('who leaves is gone at once', async () => {
  await dan.click('leave');
  await dan.shown('page-left', { 'data-reason': 'left' });
  await Promise.all([ada, bo, cleo].map((v) => v.gone('tile', { 'data-member': dan.id }, 5_000)));
});

scene.step('to the end no error that a stopped server does not explain, and no foreign request', async () => {
  for (const v of all()) {
    assert.deepEqual(unexpectedErrors(v, { serverWasDown: true }), [], `${v.name}'s console`);
    assert.deepEqual(await foreignRequests(v), [], `${v.name}'s requests`);
  }
  assert.doesNotMatch(scene.server.log, /panic:|panics=[1-9]|level=ERROR|DATA RACE/);
  assert.doesNotMatch(scene.server.log, /Ada|Cleo|coffee/, 'the log names people or what they said');
});

function sum(numbers) { return numbers.reduce((a, b) => a + b, 0); }

/** Whose colour that is. */
function nearest(colour) {
  const distance = (name) => sum(COLOURS[name].match(/\d+/g).map((c, i) => (c - colour[i]) ** 2));
  return Object.keys(COLOURS).sort((a, b) => distance(a) - distance(b))[0];
}
