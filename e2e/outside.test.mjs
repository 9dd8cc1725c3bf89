// Other servers, on the admin's page: a webhook that takes, one that does not, and a mirror on a second Tablée.
import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, settled } from './lib/access.mjs';
import { unexpectedErrors } from './lib/clean.mjs';
import { choose, logIn } from './lib/person.mjs';
import { OUT, Scene } from './lib/scene.mjs';
import { Server } from './lib/server.mjs';

const PASSWORD = 'cheval agrafe pile';
const scene = new Scene();
const told = [];
let other;
let receiver;

/** Makes the first admin of a server, and returns the cookie of their session. */
async function firstAdmin(server) {
  const secret = /\/setup#(\S+)/.exec(server.log)?.[1];
  const r = await fetch(`${server.origin}/api/v1/setup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ secret, login: 'anne', name: 'Anne', password: PASSWORD }) });
  assert.equal(r.status, 200, await r.clone().text());
  return r.headers.getSetCookie()[0].split(';')[0];
}

before(async () => {
  receiver = http.createServer((q, a) => {
    let body = '';
    q.on('data', (d) => { body += d; }).on('end', () => { told.push({ path: q.url, body, signature: q.headers['webhook-signature'] }); a.writeHead(q.url === '/broken' ? 500 : 204).end(); });
  });
  await new Promise((done) => receiver.listen(0, '127.0.0.1', done));
  other = await Server.start();
  const cookie = await firstAdmin(other);
  const app = await (await fetch(`${other.origin}/api/v1/me/apps`, { method: 'POST', headers: { 'content-type': 'application/json', cookie, origin: other.origin }, body: '{"label":"mirror"}' })).json();
  await scene.open(['--webhooks-private', 'yes', '--mirror-url', `${other.origin}/dav/Home/mirror`, '--mirror-user', 'anne', '--mirror-password', app.secret]);
  await firstAdmin(scene.server);
});
after(async () => {
  await scene.close();
  await other?.close();
  receiver?.close();
});

async function open(v) {
  await logIn(v, 'anne', PASSWORD);
  await v.click('nav-outside');
  await v.shown('form-webhook');
}

async function look(v, name, smallestText) {
  await settled(v);
  await v.page.screenshot({ path: path.join(OUT, `admin-outside-${name}.png`), fullPage: true });
  assert.deepEqual([...await axeFindings(v), ...await layoutFaults(v, { smallestText })], []);
}

scene.alone('webhooks and the mirror', async () => {
  const v = await scene.visitor('Anne', { script: choose, argument: ['light', 'en'] });
  await open(v);
  await v.shown('mirror', { 'data-state': 'never' });
  await v.fill('f-url', 'ftp://a.example/');
  await v.click('submit-webhook');
  await v.shown('admin-error', { 'data-code': 'webhook_url' });
  const at = `http://127.0.0.1:${receiver.address().port}`;
  for (const where of ['/lamp', '/broken']) {
    await v.fill('f-url', at + where);
    await v.click('submit-webhook');
    await v.until(`${where} is listed`, (w) => document.querySelector('[data-test="webhooks"]').textContent.includes(w), where);
  }
  assert.match(await v.text('once-text'), /^whsec_/);
  await v.page.locator('[data-test="webhook-test"]').first().click();
  await v.shown('webhook', { 'data-last': 'taken' });
  await v.page.locator('[data-test="webhook-test"]').last().click();
  await v.shown('webhook', { 'data-last': 'status' });
  assert.deepEqual(told.map((x) => [x.path, JSON.parse(x.body).type, x.signature.startsWith('v1,')]), [['/lamp', 'ping', true], ['/broken', 'ping', true]]);

  await v.evaluate(() => fetch('/api/v1/server/snapshot', { method: 'POST' }));
  await v.click('mirror-run');
  await v.shown('mirror', { 'data-state': 'whole' });
  await look(v, 'desktop-light', 12);

  const phone = await scene.visitor('Anne', { context: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, locale: 'fr-FR' }, script: choose, argument: ['dark', 'fr'] });
  await open(phone);
  await phone.shown('mirror', { 'data-state': 'whole' });
  await look(phone, 'phone-dark-french', 14);

  await v.page.locator('[data-test="webhook-remove"]').last().click();
  await v.click('webhook-remove-sure');
  await v.until('one is left', () => document.querySelectorAll('[data-test="webhook"]').length === 1);
  assert.deepEqual(unexpectedErrors(v).filter((e) => !e.includes('400')), []); // the address that was none
});
