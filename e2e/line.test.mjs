// Real browsers on a line that becomes narrow and wide again, and on one that loses packets. They are alone in a network
// namespace; the server and a crowd of simulated people are in another.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Cable, HOME, runFar } from './lib/far.mjs';
import { picture } from './lib/media.mjs';
import { OUT, Scene } from './lib/scene.mjs';
import { BINARY, freePort } from './lib/server.mjs';
import { until } from './lib/until.mjs';

if (!process.env.FAR) {
  test('on a line of their own', async () => {
    assert.equal(await runFar(import.meta.filename), 0, 'see above');
  });
} else {
  far();
}

function far() {
  const scene = new Scene();
  let cable;
  let crowd;
  before(async () => {
    cable = await Cable.lay();
    await scene.open([], await cable.lead(await freePort()));
    await scene.server.room('line');
    crowd = spawn(cable.before[0], [...cable.before.slice(1), BINARY, 'loadtest', '--scenario', 'burst', '--participants', '3', '--duration', '600s', `http://${HOME}:${scene.server.port}/r/line`]);
  });
  after(async () => {
    crowd?.kill();
    await scene.close();
    cable?.close();
  });

  afterEach(() => {
    cable.carries(0);
    cable.loses(0);
  });

  for (const browser of ['chromium', 'firefox']) {
    scene.alone(`${browser}: pictures become smaller on a narrow line and large again, and voices go on`, async () => {
      const v = await sitDown(scene, browser);
      const large = await pin(v);
      await until('the large picture comes in full', async () => (await slot(v, large)).height === 720);
      const wide = await listen(v, 2000);
      await v.page.screenshot({ path: path.join(OUT, `line-${browser}-1-wide.png`) });

      cable.carries(500);
      await until('the large picture becomes smaller, or is paused', async () => {
        const { height, layer } = await slot(v, large);
        return layer !== 'f' && height < 720 || height === 0;
      });
      await v.until('the page says that the line is the reason', () => document.querySelector('[data-test="tile"][data-self="true"] [data-test="bars"]')?.dataset.bars < 4);
      const narrow = await listen(v, 6000); // the fall itself included
      await until('a small picture moves', () => moves(v, large));
      assert.ok((await slot(v, large)).height <= 360, 'the large picture is not small');
      await v.page.screenshot({ path: path.join(OUT, `line-${browser}-2-narrow.png`) });

      cable.carries(0);
      await until('the large picture comes back in full', async () => (await slot(v, large)).height === 720 && moves(v, large));
      await v.page.screenshot({ path: path.join(OUT, `line-${browser}-3-wide.png`) });
      console.log(`${browser}: voices concealed: ${percent(wide)} on the wide line, ${percent(narrow)} while it was narrow`);
      assert.ok(narrow.packets > 50, `only ${narrow.packets} packets of voices came over the narrow line`);
      assert.ok(narrow.concealed < 0.15, `${percent(narrow)} of what is heard is concealed`);
    });
  }

  for (const [lang, weak, limit] of [
    ['en', /connection is weak\. The pictures are off so that your voice gets through/, /The limit is your connection\./],
    ['fr', /connexion est faible\. Les images sont coupées pour que votre voix passe/, /La limite est votre connexion\./],
  ]) {
    scene.alone(`chromium, ${lang}: a line that hardly carries voices is told of in words, and no more when it is wide again`, async () => {
      const v = await sitDown(scene, 'chromium', lang);
      cable.carries(250);
      await v.shown('banner', { 'data-banner': 'weak' });
      assert.match(await v.text('banner'), weak);
      await v.page.hover('[data-test="tile"][data-self="true"] [data-test="bars"]');
      await v.shown('line-hint');
      await until('the hint says what limits', async () => limit.test(await v.text('line-hint')));
      await v.page.screenshot({ path: path.join(OUT, `line-weak-${lang}.png`) });
      assert.ok((await listen(v, 3000)).packets > 20, 'voices do not come over the weak line');
      cable.carries(0);
      await v.gone('banner', { 'data-banner': 'weak' });
    });
  }

  scene.alone('chromium: on a line that loses a fifth, voices go with redundancy both ways', async () => {
    const v = await sitDown(scene, 'chromium');
    await listen(v, 2000);
    const recovered = () => cable.metric(scene.server.port, 'tablee_media_voice_packets_recovered_total');
    assert.equal(recovered(), 0);
    cable.loses(20);
    await until('what is lost of its own voice comes with the next packets', () => recovered() > 5);
    await until('voices come with redundancy', async () => (await v.stats()).slots.some((s) => s.type === 'audio' && s.redundant > 5));
    const heard = await listen(v, 10_000);
    console.log(`chromium: a line that loses 20 % each way: ${percent(heard)} concealed`);
    assert.ok(heard.concealed < 0.12, `${percent(heard)} of what is heard is concealed`);
    cable.loses(0);
  });
}

async function sitDown(scene, browser, lang = 'en') {
  const v = await scene.visitor('Margaux', { browser: { firefox: browser === 'firefox' }, script: (l) => localStorage.setItem('tablee.lang', l), argument: lang });
  await v.join('line');
  await v.until('pictures of three others', () => document.querySelectorAll('[data-test="tile"][data-video="live"][data-self="false"]').length >= 3);
  return v;
}

/** Pins one of the others, who is shown large from then on. */
async function pin(v) {
  const id = await v.evaluate(() => document.querySelector('[data-test="tile"][data-video="live"][data-self="false"]').dataset.member);
  const tile = `[data-test="tile"][data-member="${id}"][data-kind="camera"]`;
  await v.page.hover(`${tile} [data-test="tile-name"]`);
  await v.page.click(`${tile} [data-test="tile-pin"]`);
  await v.shown('tile', { 'data-member': id, 'data-stage': 'true' });
  return id;
}

const none = { height: 0, layer: '' };
const slot = async (v, id) => (await v.stats()).slots.find((s) => s.member === id && s.kind === 'camera') ?? none;
const percent = ({ concealed }) => `${(concealed * 100).toFixed(1)} %`;

async function moves(v, id) {
  const before = await picture(v, id);
  await new Promise((done) => setTimeout(done, 300));
  const now = await picture(v, id);
  return before && now && now.frames > before.frames;
}

/**
 * Listens for a while: packets of voices that came, and which share of the sound was made up for what did not. Slots change
 * their speakers meanwhile: packets are counted in all of them, and what was made up only where one was heard from the
 * first to the last moment, as a slot that shows nobody makes up everything.
 */
async function listen(v, ms) {
  const heard = async () => (await v.stats()).slots.filter((s) => s.type === 'audio');
  const before = await heard();
  await new Promise((done) => setTimeout(done, ms));
  const all = { packets: 0, made: 0, samples: 0 };
  for (const now of await heard()) {
    const was = before.find((s) => s.mid === now.mid) ?? { packetsReceived: 0, member: '' };
    all.packets += now.packetsReceived - was.packetsReceived;
    if (now.member === '' || now.member !== was.member) continue;
    all.made += now.concealedSamples - was.concealedSamples;
    all.samples += now.samples - was.samples;
  }
  return { packets: all.packets, concealed: all.made / Math.max(all.samples, 1) };
}
