// What people type stays text, and nothing on any page talks to anybody but the server it came from.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { foreignRequests, unexpectedErrors } from './lib/clean.mjs';
import { Scene } from './lib/scene.mjs';

const scene = new Scene();
before(() => scene.open());
after(() => scene.close());

// Every one sets window.hacked if anything runs it. A name has room for 64 characters.
const SCRIPTS = [
  '<script>window.hacked=1</script>',
  '<img src=x onerror=window.hacked=1>',
  '"><svg onload=window.hacked=1>',
  "'-(window.hacked=1)-'",
  '<iframe srcdoc="<script>parent.hacked=1</script>">',
  '{{constructor.constructor("window.hacked=1")()}}',
  '${window.hacked=1}',
  'javascript:window.hacked=1',
  '</textarea><script>window.hacked=1</script>',
  '&lt;img src=x onerror=window.hacked=1&gt;',
  '<a href="javascript:window.hacked=1">x</a>',
  '<style>*{display:none}</style>',
];
const LINKS = [
  'https://example.org/?q=<script>window.hacked=1</script>',
  'https://example.org/"onmouseover="window.hacked=1',
  'data:text/html,<script>window.hacked=1</script>',
  'vbscript:window.hacked=1',
  'JaVaScRiPt:window.hacked=1//https://example.org',
  '[x](javascript:window.hacked=1)',
  'https://user:pass@example.org@evil.example/',
  'http://[::1',
  'blob:https://example.org/x',
  '//example.org/x',
];

/** Watches what peer connections are told to talk to. */
function noteIceServers() {
  window.iceServers = [];
  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct(target, [config]) {
      window.iceServers.push(...(config?.iceServers ?? []));
      return new target(config);
    },
  });
}

/** Somebody of that name comes in without media; the answer is their id. */
function comeAs(name) {
  const ws = new WebSocket(`ws://${location.host}/ws/room/corpus`, 'tablee.v1');
  ws.onopen = () => ws.send(JSON.stringify({ t: 'hello', v: 1, name, mic: false, cam: false }));
  return new Promise((done, fail) => {
    ws.onclose = () => fail(new Error('refused'));
    ws.onmessage = ({ data }) => {
      const m = JSON.parse(data);
      if (m.t === 'welcome') done(m.id);
    };
  });
}

/** What a page calls that member, in the list of people or on a tile. */
function says(id) {
  return [...document.querySelectorAll(`:is([data-test="person"], [data-test="tile"])[data-member="${id}"]`)].map((e) => e.textContent).join(' ');
}

/** Elements that text has become, and links that lead elsewhere than to the web in a new tab. */
function suspicious() {
  const made = [...document.querySelectorAll(
    '[data-test="chat-message"] :is(script,img,svg,iframe,style,object,embed), [data-test="tile-name"] *, :is([data-test="seated"], [data-test="person"]) :is(script,img,iframe,style)')];
  const links = [...document.querySelectorAll('[data-test="chat-list"] a')].filter((a) =>
    !['http:', 'https:', 'mailto:'].includes(a.protocol) || a.target !== '_blank' || !/noopener|noreferrer/.test(a.rel));
  return [...made, ...links].map((e) => e.outerHTML.slice(0, 200));
}

scene.alone('scripts and links in names and chat do not run', async () => {
  await scene.server.room('corpus');
  const reader = await scene.visitor('Reader', { script: noteIceServers });
  await reader.join('corpus', { mic: false, camera: false });
  await reader.click('chat');
  await reader.shown('panel', { 'data-panel': 'chat' });
  for (const [i, text] of [...SCRIPTS, ...LINKS].entries()) {
    await reader.fill('chat-input', text);
    await reader.click('chat-send');
    await reader.until('the message is stored', (n) =>
      document.querySelectorAll('[data-test="chat-message"][data-pending="false"]').length > n, i);
    const shown = await reader.evaluate(() => [...document.querySelectorAll('[data-test="chat-message"]')].at(-1).textContent);
    assert.ok(shown.includes(text), `"${text}" is shown as "${shown}"`);
  }
  assert.ok(await reader.evaluate(() => document.querySelectorAll('[data-test="chat-list"] a').length) >= 2, 'web links are links');
  assert.deepEqual(await reader.evaluate(suspicious), []);
  await reader.click('people');
  const names = SCRIPTS.filter((n) => n.length <= 64);
  const checks = async (page, id, name) => {
    await page.until(`${name} is shown`, says, id);
    assert.ok((await page.evaluate(says, id)).includes(name), `${name} has another name for ${page.name}`);
    assert.equal(await page.evaluate(() => window.hacked), undefined, `${name} ran`);
    assert.deepEqual(await page.evaluate(suspicious), []);
  };
  for (const name of names) await checks(reader, await reader.evaluate(comeAs, name), name);
  for (const name of names.slice(1, 3)) { // and on the page of the one who has such a name
    const v = await scene.visitor(name);
    await v.join('corpus', { mic: false, camera: false });
    await checks(v, v.id, name);
    await v.click('leave');
    await v.shown('page-left');
    assert.deepEqual(unexpectedErrors(v), []);
  }
  assert.deepEqual(unexpectedErrors(reader), []);
  assert.deepEqual(await foreignRequests(reader), []);
  assert.deepEqual(await reader.evaluate(() => window.iceServers.filter((s) => ![s.urls].flat().every((u) => u.includes(location.hostname)))), []);
});

scene.alone('a name from storage or a room from the address bar is text, too', async () => {
  const v = await scene.visitor('Eve', {
    script: (text) => {
      for (const key of ['name', 'lang', 'theme', 'rooms', 'recent']) localStorage.setItem(`tablee.${key}`, text);
    },
    argument: SCRIPTS[1],
  });
  for (const path of ['/', `/r/${encodeURIComponent(SCRIPTS[1])}`, `/r/plain#host=${encodeURIComponent(SCRIPTS[1])}`, '/r/plain?x=<script>window.hacked=1</script>']) {
    await v.goto(path);
    await v.until('a page', () => document.querySelector('[data-test^="page-"]'));
    assert.equal(await v.evaluate(() => window.hacked), undefined, path);
  }
  assert.deepEqual(await foreignRequests(v), []);
});

scene.alone('the policy of the pages admits no script but our own', async () => {
  for (const path of ['/', '/r/any', '/r/any/../x', '/nothing']) {
    const answer = await fetch(scene.server.origin + path);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'self'/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.doesNotMatch(policy, /unsafe-|\*|https?:/, path);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
  }
});
