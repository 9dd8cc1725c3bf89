// A room in a frame of another site: the site's page steers it with embed.js and hears of it; a site that the room does not name sees nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import http from 'node:http';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, settled } from './lib/access.mjs';
import { OUT, Scene } from './lib/scene.mjs';
import { BINARY } from './lib/server.mjs';
import { until } from './lib/until.mjs';
import { hook } from './lib/visitor.mjs';

const scene = new Scene();
const sites = [];
/** Origins by name: the ports are another site each. */
const site = {};

before(async () => {
  await scene.open();
  for (const name of ['choir', 'other']) {
    const server = http.createServer((_, answer) => answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(scene.server.origin)));
    await new Promise((done) => server.listen(0, 'localhost', done));
    sites.push(server);
    site[name] = `http://localhost:${server.address().port}`;
  }
});
after(async () => {
  for (const s of sites) s.closeAllConnections();
  await Promise.all(sites.map((s) => new Promise((done) => s.close(done))));
  await scene.close();
});

/** The site's page: it keeps all that it hears, from whomever. */
const page = (tablee) => `<!doctype html><meta charset="utf-8"><title>Choir</title><div id="call" style="height: 600px"></div>
<script src="${tablee}/embed.js"></script>
<script>
  window.heard = [];
  window.raw = [];
  addEventListener('message', (e) => raw.push(JSON.stringify(e.data)));
  window.start = (options) => {
    window.call = new Tablee(document.querySelector('#call'), options);
    for (const event of ['ready', 'joined', 'left', 'participants', 'mic', 'camera', 'hand', 'ended']) call.on(event, (e) => heard.push({ event, ...e }));
  };
</script>`;

/** Waits until the site has heard that, after its first `from` events. */
const hears = (v, event, more = {}, from = 0) => v.until(`hears ${event} ${JSON.stringify(more)}`, ([wish, at]) =>
  heard.slice(at).some((h) => Object.entries(wish).every(([k, x]) => h[k] === x)), [{ event, ...more }, from]);

const inside = async (v) => until('the frame is there', () => v.page.frames().find((f) => f.url().startsWith(scene.server.origin)));

/** Signs a join token as a site does (RFC 7519), with a key that an admin has made for it. */
function sign(claims) {
  const made = execFileSync(BINARY, ['token', 'key', 'the choir', '--data', scene.server.data], { encoding: 'utf8' });
  const [, kid, secret] = /kid: (\S+)\s+secret: (\S+)/.exec(made);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ alg: 'HS256', typ: 'JWT', kid })}.${part({ exp: Math.floor(Date.now() / 1000) + 300, ...claims })}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

/** Hélène has the room, and names the site in its settings. */
async function host() {
  const h = await scene.visitor('Hélène');
  await h.goto('/r/choir');
  await h.passPrejoin();
  await h.click('more');
  await h.click('people');
  await h.click('room-settings');
  await h.fill('set-origins', `${site.choir}/some/page`);
  await settled(h);
  await h.page.locator(hook('set-origins')).scrollIntoViewIfNeeded();
  await h.page.screenshot({ path: path.join(OUT, 'embed-settings.png') });
  assert.deepEqual(await layoutFaults(h, { smallestText: 12 }), []);
  assert.deepEqual(await axeFindings(h), []);
  await h.click('set-save');
  await until('the room names the site', async () => (await (await fetch(`${scene.server.origin}/api/v1/rooms/choir`)).json()).origins?.[0] === site.choir);
  return h;
}

scene.alone('a site shows a room, mutes, hears who many there are, and hangs up; another site sees nothing', async () => {
  const h = await host();
  await h.click('room-settings'); // what is there is shown, and stays when something else is saved
  assert.equal(await h.page.inputValue(hook('set-origins')), site.choir);
  await h.click('dialog-close');
  // The room waits for nobody but those who come by a token.
  await h.click('room-settings');
  await h.click('set-lobby');
  await h.click('set-save');
  await until('there is a lobby', async () => (await (await fetch(`${scene.server.origin}/api/v1/rooms/choir`)).json()).lobby);
  const token = sign({ room: 'choir', name: 'Zoé', role: 'guest' });

  const v = await scene.visitor('Zoé');
  await v.page.goto(site.choir);
  await v.evaluate((o) => start(o), { room: 'choir', name: 'Zoé', lang: 'fr', camera: false, token });
  await hears(v, 'ready');
  const frame = await inside(v);
  await frame.locator(hook('toggle-camera', { 'aria-pressed': 'false' })).waitFor();
  await frame.locator(hook('toggle-mic', { 'aria-pressed': 'true' })).waitFor();
  assert.equal(await frame.evaluate(() => document.documentElement.lang), 'fr');
  assert.equal(await frame.inputValue(hook('your-name')), 'Zoé');
  await frame.click(hook('join'));
  await hears(v, 'joined');
  await hears(v, 'participants', { count: 2 });
  await hears(v, 'mic', { on: true });
  await hears(v, 'camera', { on: false });
  await v.page.screenshot({ path: path.join(OUT, 'embed-meeting.png') });

  await v.evaluate(() => call.mute());
  await hears(v, 'mic', { on: false });
  const zoe = () => window.tablee.state().members.find((m) => m.id !== window.tablee.state().me)?.mic;
  await h.until('Zoé is muted', () => window.tablee.state().members.some((m) => m.id !== window.tablee.state().me && !m.mic));
  const before = await v.evaluate(() => heard.length);
  await v.evaluate(() => call.unmute());
  await hears(v, 'mic', { on: true }, before);
  await h.until('Zoé is heard again', zoe);
  await v.evaluate(() => call.camera(true));
  await hears(v, 'camera', { on: true });

  // Another window of the same site, and of none, has no say.
  await v.evaluate((to) => {
    const f = document.createElement('iframe');
    f.srcdoc = `<script>parent.frames[0].postMessage({ tablee: 1, call: 'hello' }, '${to}'); parent.frames[0].postMessage({ tablee: 1, call: 'hangup' }, '${to}');</script>`;
    document.body.append(f);
    return new Promise((done) => { f.onload = done; });
  }, scene.server.origin);
  await v.evaluate(() => call.mute()); // said later, so heard later than the other's
  await hears(v, 'mic', { on: false }, before + 1);
  assert.equal(await v.evaluate(() => heard.some((e) => e.event === 'left')), false);

  await v.evaluate(() => call.hangup());
  await hears(v, 'left', { reason: 'left' });
  await h.until('Zoé is gone', () => window.tablee.state().members.length === 1);
  assert.equal(await v.evaluate(() => /Zo|H.l/.test(JSON.stringify(raw))), false, 'a name was told to the site');

  // From the start page in the frame there is no way into a room that does not name the site.
  const told = await v.evaluate(() => raw.length);
  await frame.click(hook('go-home'));
  await frame.fill(hook('room-name'), 'private');
  const shut = v.page.waitForEvent('console', (m) => m.text().includes('frame-ancestors'));
  await frame.click(hook('open-room'));
  await shut;
  assert.equal(await v.evaluate(() => raw.length), told);
  await v.evaluate(() => call.dispose());
  assert.equal(await v.evaluate(() => document.querySelectorAll('#call iframe').length), 0);

  const o = await scene.visitor('Otto');
  await o.page.goto(site.other);
  const blocked = o.page.waitForEvent('console', (m) => m.text().includes('frame-ancestors'));
  await o.evaluate(() => start({ room: 'choir', name: 'Otto' }));
  await blocked;
  assert.deepEqual(await o.evaluate(() => [heard.length, raw.length]), [0, 0]);
  assert.equal(o.page.frames().some((f) => f.url().startsWith(scene.server.origin)), false);
});

// The room is as the test before has left it: it names the site, and waits for nobody who has a token.
scene.alone('the same in Firefox', async () => {
  const v = await scene.visitor('Zoé', { browser: { firefox: true } });
  await v.page.goto(site.choir);
  await v.evaluate((o) => start(o), { room: 'choir', name: 'Zoé', lang: 'fr', camera: false, token: sign({ room: 'choir', name: 'Zoé', role: 'guest' }) });
  await hears(v, 'ready');
  const frame = await inside(v);
  await frame.waitForSelector(hook('toggle-mic', { 'aria-pressed': 'true' }));
  await frame.waitForSelector(hook('toggle-camera', { 'aria-pressed': 'false' }));
  assert.equal(await frame.evaluate(() => document.documentElement.lang), 'fr');
  await frame.locator(hook('join')).click();
  await hears(v, 'joined');
  await hears(v, 'participants', { count: 1 });
  await hears(v, 'mic', { on: true });
  await v.evaluate(() => call.mute());
  await hears(v, 'mic', { on: false });
  const before = await v.evaluate(() => heard.length);
  await v.evaluate(() => call.unmute());
  await hears(v, 'mic', { on: true }, before);
  await v.evaluate(() => call.camera(true));
  await hears(v, 'camera', { on: true });
  await v.evaluate(() => call.hangup());
  await hears(v, 'left', { reason: 'left' });
  assert.equal(await v.evaluate(() => /Zo/.test(JSON.stringify(raw))), false, 'a name was told to the site');

  const o = await scene.visitor('Otto', { browser: { firefox: true } });
  await o.page.goto(site.other);
  await o.evaluate(() => {
    start({ room: 'choir', name: 'Otto' });
    call.frame.addEventListener('load', () => { window.loaded = true; }); // what the browser says instead of the room
  });
  await o.until('the frame has something', () => window.loaded);
  assert.deepEqual(await o.evaluate(() => [heard.length, raw.length]), [0, 0]);
  assert.equal(o.page.frames().some((f) => f.url().startsWith(scene.server.origin)), false);
});
