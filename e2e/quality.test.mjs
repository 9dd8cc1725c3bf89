// How good connections are, and what people choose to be sent. The server and the media are real; what the engine would
// say of a bad line is put into the page's own socket, since loopback has no bad line.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, settled, strings, tabTo } from './lib/access.mjs';
import { unexpectedErrors } from './lib/clean.mjs';
import { sees } from './lib/media.mjs';
import { OUT, PHONE, SMALL, Scene } from './lib/scene.mjs';
import { until } from './lib/until.mjs';

const scene = new Scene();
let crowd;
before(async () => {
  await scene.open();
  await scene.server.room('sunday');
  crowd = spawn(path.resolve('../bin/tablee'), ['loadtest', '--participants', '4', '--duration', '600s', `${scene.server.origin}/r/sunday`]);
});
after(async () => {
  crowd.kill();
  await scene.close();
});

/**
 * Runs in the page before its own scripts: a hand on its WebSocket, and the choices it remembers. What the engine itself
 * says of loopback's good lines is kept from the page, unless engine is true.
 */
function holdSocket({ theme = 'light', lang = 'en', full = null, engine = false }) {
  localStorage.setItem('tablee.theme', theme);
  localStorage.setItem('tablee.lang', lang);
  window.sent = [];
  const Real = WebSocket;
  window.WebSocket = class extends Real {
    constructor(...args) {
      super(...args);
      window.held = this;
      this.addEventListener('message', (e) => {
        if (!engine && e.isTrusted && ['line', 'bars'].includes(JSON.parse(e.data).t)) e.stopImmediatePropagation();
      });
      if (full) this.addEventListener('open', () => window.hear({ t: 'error', code: 'line_full', message: 'full', re: 'hello', args: full }));
    }
    send(text) {
      window.sent.push(JSON.parse(text));
      if (!full) super.send(text); // a refused one is never seated
    }
  };
  window.hear = (message) => window.held.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
}

const hear = (v, message) => v.evaluate((m) => window.hear(m), message);
const sent = (v, t) => v.evaluate((type) => window.sent.filter((m) => m.t === type), t);
const GOOD = { t: 'line', bars: 4, limit: '', weak: false, down: 2400, up: 800, loss: 0, rtt: 24, paused: [] };
const line = (change) => ({ ...GOOD, ...change });
/** Those of the crowd; whoever left a moment ago may still be away. */
const others = (v) => v.evaluate(() => [...document.querySelectorAll('[data-test="tile"][data-self="false"][data-away="false"]')].map((t) => t.dataset.member));
/** The real engine knows of no pause: its own news of a slot ends one, so it is said again until it is seen. */
const pause = (v, news, id, why) => until(`${v.name} sees why ${id} has no picture`, async () => {
  await hear(v, news);
  return v.evaluate((s) => Boolean(document.querySelector(s)), `[data-test="tile"][data-member="${id}"][data-kind="camera"][data-paused="${why}"][data-video="none"] .paused`);
});
const member = (id) => ({ 'data-member': id, 'data-kind': 'camera' });
const inTile = (id, name) => `[data-test="tile"][data-member="${id}"][data-kind="camera"] [data-test="${name}"]`;

/** Somebody in the crowd's room who sees three of them. */
async function sitDown(options = {}, argument = {}) {
  const v = await scene.visitor('Margaux', { ...options, script: holdSocket, argument });
  await v.join('sunday');
  await v.until('pictures of three others', () => document.querySelectorAll('[data-test="tile"][data-video="live"][data-self="false"]').length >= 3);
  return v;
}

const LOOKS = [
  { name: 'desktop-light', theme: 'light', lang: 'en', context: {} },
  { name: 'desktop-dark-french', theme: 'dark', lang: 'fr', context: { locale: 'fr-FR' } },
  { name: 'phone-light-french', theme: 'light', lang: 'fr', context: { ...PHONE, locale: 'fr-FR' } },
  { name: 'phone-dark', theme: 'dark', lang: 'en', context: PHONE },
];
const said = {}; // strings by page and language

for (const look of LOOKS) {
  scene.alone(`how it looks: ${look.name}`, async () => {
    const phone = Boolean(look.context.isMobile);
    const found = {};
    const take = async (v, page) => {
      await settled(v);
      await v.page.screenshot({ path: path.join(OUT, `quality-${page}-${look.name}.png`) });
      found[page] = [...await layoutFaults(v, { smallestText: 14 }), ...await axeFindings(v)];
      (said[page] ??= {})[look.lang] = await strings(v);
    };
    const v = await sitDown({ context: look.context }, look);
    const [a, b, c, d] = await others(v);
    await hear(v, { t: 'bars', bars: { [a]: 4, [b]: 2, [c]: 1, [d]: 0 } });
    const weak = line({ bars: 1, limit: 'your-line', weak: true, down: 96, up: 60, loss: 8, rtt: 310, paused: [{ id: a, kind: 'camera', why: 'your-line' }, { id: b, kind: 'camera', why: 'host-line' }] });
    await pause(v, weak, a, 'your-line');
    await v.shown('banner', { 'data-banner': 'weak' });
    await take(v, 'weak');
    const own = await v.evaluate(() => `[data-test="tile"][data-self="true"] [data-test="bars"]`);
    if (phone) await v.page.tap(own);
    else await v.page.hover(own);
    await v.shown('line-hint');
    await take(v, 'hint');
    await v.press('Escape');
    await v.gone('line-hint');
    if (!phone) { // the sentence of a paused picture on the stage
      await v.page.hover(inTile(a, 'tile-name'));
      await v.page.click(inTile(a, 'tile-pin'));
      await v.shown('tile', { ...member(a), 'data-stage': 'true' });
      await pause(v, weak, a, 'your-line');
      await take(v, 'stage');
      await v.press('0');
    }
    await v.click('more');
    await v.shown('menu');
    assert.deepEqual(await v.evaluate(() => [...document.querySelectorAll('[data-test="quality"] *')].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map((e) => e.outerHTML)), []);
    await take(v, 'menu');
    await v.click('settings');
    await v.shown('dialog-settings');
    await take(v, 'settings');
    await v.click('quality-option', { 'data-quality': 'voice' });
    await v.click('dialog-close');
    await v.shown('camera', { 'aria-pressed': 'false' });
    await v.shown('banner', { 'data-banner': 'notice' });
    await take(v, 'voice');
    await v.close();

    const late = await scene.visitor('Margaux', { context: look.context, script: holdSocket, argument: { ...look, full: { need: 42, have: 11, room: 6 } } });
    await late.goto('/r/sunday');
    await late.shown('preview', { 'data-camera': 'on' });
    await late.fill('your-name', 'Margaux');
    await late.click('join');
    await late.shown('prejoin-error', { 'data-code': 'line_full' });
    assert.match(await late.text('prejoin-error'), /6 (people|personnes).*42.*11/);
    await late.shown('preview', { 'data-camera': 'on' });
    await take(late, 'full');
    assert.deepEqual(Object.entries(found).filter(([, f]) => f.length > 0), []);
  });
}

scene.alone('no English is left in French', async () => {
  const own = /Margaux|sunday|localhost|Tablée/i;
  for (const [page, by] of Object.entries(said)) {
    assert.deepEqual((by.fr ?? []).filter((s) => by.en?.includes(s) && !own.test(s)), [], page);
  }
});

scene.alone('what the engine finds of real lines is shown', async () => {
  const v = await sitDown({}, { engine: true });
  const [a] = await others(v);
  await v.until('all bars for one of the crowd', (s) => document.querySelector(s)?.dataset.bars === '4', inTile(a, 'bars'));
  assert.equal(await v.count('banner', { 'data-banner': 'weak' }), 0, 'a weak line on loopback');
});

scene.alone('bars and reasons follow the news, and a picture that comes back is shown', async () => {
  const v = await sitDown();
  const [a] = await others(v);
  assert.equal(await v.count('bars'), 0, 'bars of which nobody knows anything');
  await hear(v, { t: 'bars', bars: { [a]: 1 } });
  await v.shown('bars', { 'data-bars': '1' });
  assert.match(await v.evaluate((s) => document.querySelector(s).ariaLabel, inTile(a, 'bars')), /1 of 4.*weak connection.*their connection, not yours/);
  await hear(v, { t: 'bars', bars: { [a]: 3 } });
  await pause(v, line({ limit: 'host-line', paused: [{ id: a, kind: 'camera', why: 'server-busy' }] }), a, 'server-busy');
  assert.match(await v.evaluate((s) => document.querySelector(s).ariaLabel, inTile(a, 'bars')), /3 of 4.*good connection.*server is busy/);
  await hear(v, GOOD);
  await v.shown('tile', { ...member(a), 'data-paused': '', 'data-video': 'live' });
  await sees(v, a);
  assert.deepEqual(unexpectedErrors(v), []);
});

scene.alone('the banner comes with a weak line, can be sent away, and goes by itself', async () => {
  const v = await sitDown();
  const weak = { 'data-banner': 'weak' };
  await hear(v, line({ bars: 1, weak: true }));
  await v.shown('banner', { ...weak, role: 'status' });
  const [banner, area] = await v.evaluate(() => ['[data-banner="weak"]', '.area'].map((s) => document.querySelector(s).getBoundingClientRect().toJSON()));
  assert.ok(banner.bottom <= area.top, 'the banner covers the picture');
  await hear(v, GOOD);
  await v.gone('banner', weak);
  await hear(v, line({ bars: 1, weak: true }));
  await v.click('weak-hide');
  await v.gone('banner', weak);
  await hear(v, line({ bars: 0, weak: true }));
  assert.equal(await v.count('banner', weak), 0, 'a hidden banner came back with the same weak line');
  await hear(v, GOOD);
  await hear(v, line({ bars: 1, weak: true }));
  await v.click('weak-voice');
  await v.gone('banner', weak);
  assert.deepEqual((await sent(v, 'prefs')).map((m) => m.quality), ['auto', 'voice']);
});

scene.alone('data saver sends one small picture, voices only none, and both are remembered', async () => {
  await scene.server.room('two');
  const [ada, bo] = await Promise.all(['Ada', 'Bo'].map((name) => scene.visitor(name, { context: SMALL, script: holdSocket, argument: {} })));
  await ada.join('two');
  await bo.join('two');
  await sees(bo, ada.id);
  assert.ok((await sent(bo, 'demand')).at(-1).videos.every((w) => !w.big), 'a tile of a grid is not large');
  await bo.page.hover(inTile(ada.id, 'tile-name'));
  await bo.page.click(inTile(ada.id, 'tile-pin'));
  await bo.until('the pinned picture is asked for as large', (id) => window.sent.filter((m) => m.t === 'demand').at(-1).videos.find((w) => w.id === id)?.big === true, ada.id);
  const layers = () => ada.stats().then((s) => s.sends.filter((x) => x.source === 'camera' && x.active).map((x) => x.rid).join(''));
  await ada.until('more than the smallest layer is sent', () => window.tablee.stats().then((s) => s.sends.some((x) => x.source === 'camera' && x.active && x.rid !== 'q')));

  await ada.click('more');
  await ada.click('quality-option', { 'data-quality': 'saver' });
  await ada.press('Escape');
  await ada.until('only the smallest layer is sent', () => window.tablee.stats().then((s) => s.sends.filter((x) => x.source === 'camera' && x.active).map((x) => x.rid).join('') === 'q'));
  await sees(bo, ada.id);
  assert.deepEqual((await sent(ada, 'prefs')).map((m) => m.quality), ['auto', 'saver']);

  await ada.reload();
  await ada.joined();
  assert.deepEqual((await sent(ada, 'prefs')).map((m) => m.quality), ['saver']);
  await sees(bo, ada.id);
  assert.equal(await layers(), 'q');

  await ada.click('more');
  await ada.click('quality-option', { 'data-quality': 'voice' });
  await ada.press('Escape');
  await bo.shown('tile', { ...member(ada.id), 'data-camera': 'off' });
  await ada.click('camera');
  await ada.until('the page says why the camera stays off', () => /stays off/.test(document.querySelector('[data-banner="notice"]')?.textContent ?? ''));
  assert.equal(await ada.attribute('camera', 'aria-pressed'), 'false');
  await ada.reload();
  await ada.joined();
  await bo.shown('tile', { ...member(ada.id), 'data-camera': 'off' });

  await ada.click('more');
  await ada.click('quality-option', { 'data-quality': 'auto' });
  await ada.press('Escape');
  await ada.click('camera');
  await bo.shown('tile', { ...member(ada.id), 'data-camera': 'on', 'data-video': 'live' });
  assert.equal(await ada.evaluate(() => localStorage.getItem('tablee.quality')), null);
  for (const v of [ada, bo]) assert.deepEqual(unexpectedErrors(v), []);
});

scene.alone('by keyboard alone: the words of the bars, and another quality', async () => {
  const v = await sitDown();
  const [a] = await others(v);
  await hear(v, { t: 'bars', bars: { [a]: 2 } });
  await tabTo(v, 'bars');
  await v.shown('line-hint');
  await v.press('Escape');
  await v.gone('line-hint');
  await tabTo(v, 'more');
  await v.press('Enter');
  await v.shown('menu');
  await tabTo(v, 'quality-option');
  await v.press('ArrowRight');
  await v.until('the next quality is chosen', () => document.querySelector('[data-quality="saver"]').checked && document.activeElement.dataset.quality === 'saver');
  assert.equal((await sent(v, 'prefs')).at(-1).quality, 'saver');
  await v.press('Escape');
  await v.gone('menu');
});

scene.alone('the diagnostic has what is needed, and nobody’s name or address', async () => {
  const v = await sitDown();
  await hear(v, line({ bars: 2, limit: 'host-line', loss: 3 }));
  await hear(v, { t: 'error', code: 'rate_limited', message: 'Margaux at 192.0.2.7', re: 'chat' });
  await v.click('more');
  await v.click('help');
  await v.shown('dialog-help');
  await new Promise((done) => setTimeout(done, 1000)); // what is measured is a rate
  await v.click('copy-diagnostic');
  await v.shown('diagnostic');
  const text = await v.evaluate(() => document.querySelector('[data-test="diagnostic"]').value);
  const facts = JSON.parse(text);
  assert.match(facts.page.build, /^main-.*\.js$/);
  assert.deepEqual([facts.connection.path.local, facts.connection.path.remote, facts.connection.path.protocol].map(Boolean), [true, true, true]);
  assert.equal(facts.connection.path.protocol, 'udp');
  assert.ok(facts.rates.received.some((r) => r.kbps > 0 && r.layer), 'no rates of what is received');
  assert.ok(facts.rates.sent.some((r) => r.kbps > 0 && r.source === 'mic'), 'no rates of what is sent');
  assert.equal(facts.line.limit, 'host-line');
  assert.deepEqual(facts.faults.map((f) => f.what), ['error rate_limited']);
  const rest = text.replace(facts.page.browser, ''); // whose version looks like an address
  assert.doesNotMatch(rest, /Margaux|sunday|\d+\.\d+\.\d+\.\d+|localhost|candidate:|[0-9a-f]{1,4}(:[0-9a-f]{0,4}){4,}/i);
});
