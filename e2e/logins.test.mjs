// Logins by what a household has already, in a real browser: an OpenID provider with its own page, and a directory behind our
// form; who is refused, and what is down, is said in words. The login page in both themes and languages.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, strings } from './lib/access.mjs';
import { foreignRequests, unexpectedErrors } from './lib/clean.mjs';
import { startDirectory, startProvider } from './lib/logins.mjs';
import { choose } from './lib/person.mjs';
import { OUT, Scene } from './lib/scene.mjs';
import { freePort } from './lib/server.mjs';

const scene = new Scene();
let provider;
let directory;
before(async () => {
  const port = await freePort();
  [provider, directory] = await Promise.all([startProvider(`http://localhost:${port}`), startDirectory()]);
  await scene.open(['--oidc-issuer', provider.issuer, '--oidc-name', 'Maison', '--oidc-client-id', 'tablee', '--oidc-client-secret', 's3cret',
    '--oidc-scopes', 'openid,profile,groups', '--oidc-admin-groups', 'admins', '--oidc-allowed-groups', 'choir', ...directory.options], { port });
});
after(async () => {
  await scene.close();
  await Promise.allSettled([provider?.close(), directory?.stop()]);
});

/** What the browser keeps that says who it is. */
const session = async (v) => (await v.page.context().cookies()).find((c) => c.name === 'tablee_session')?.value;

/** The provider's own page. */
async function atProvider(v, user, password) {
  await v.page.waitForURL(`${provider.issuer}/login/**`);
  await v.page.fill('#username', user);
  await v.page.fill('#password', password);
  await v.page.click('button');
}

async function byForm(v, login, password) {
  await v.fill('f-login', login);
  await v.fill('f-password', password);
  await v.click('submit-login');
}

scene.alone('the login page says whose logins are good, in both themes and languages', async () => {
  const said = {};
  for (const [theme, lang, context] of [['light', 'en', {}], ['dark', 'en', {}], ['light', 'fr', { viewport: { width: 360, height: 740 } }], ['dark', 'fr', {}]]) {
    const v = await scene.visitor(`${theme}-${lang}`, { context, script: choose, argument: [theme, lang] });
    await v.goto('/login?error=login_expired');
    await v.shown('admin-error', { 'data-code': 'login_expired' });
    await v.shown('way-provider');
    assert.equal(await v.evaluate(() => document.documentElement.dataset.theme), theme);
    assert.match(await v.text('form-login'), /Tournesol/);
    assert.match(await v.text('way-provider'), /Maison/);
    said[lang] = await strings(v);
    await v.page.screenshot({ path: path.join(OUT, `login-${theme}-${lang}.png`) });
    assert.deepEqual([...await axeFindings(v), ...await layoutFaults(v, { smallestText: 12 })], [], v.name);
  }
  assert.deepEqual(said.fr.filter((s) => said.en.includes(s)), []);
});

scene.alone('the provider lets in whom it knows: a member, and an admin; each login is a new session', async () => {
  const v = await scene.visitor('Léa', { script: choose, argument: ['light', 'fr'] });
  const planted = 'A'.repeat(26);
  await v.page.context().addCookies([{ name: 'tablee_session', value: planted, url: scene.server.origin }]);
  await v.goto('/login');
  await v.click('way-provider');
  await atProvider(v, 'lea', 'le mot de Léa');
  await v.shown('page-account');
  await v.shown('logout');
  assert.equal(await v.count('nav-members'), 0);
  assert.match(await v.text('elsewhere'), /Maison/);
  const first = await session(v);
  assert.ok(first && first !== planted, 'the session that was planted is not the one that there is');
  assert.equal(await v.evaluate(() => location.href), `${scene.server.origin}/account`, 'nothing of the login stays in the address');
  await v.page.screenshot({ path: path.join(OUT, 'login-account-fr.png') });
  assert.deepEqual(await axeFindings(v), []);
  await v.click('logout');
  await v.shown('form-login');
  assert.equal(await session(v), undefined);
  assert.deepEqual((await foreignRequests(v)).filter((url) => !url.startsWith(provider.issuer)), []);
  assert.deepEqual(unexpectedErrors(v).filter((e) => !e.includes('404')), []); // the provider has no icon

  const anne = await scene.visitor('Anne', { script: choose, argument: ['light', 'en'] });
  await anne.goto('/admin/rooms'); // where one wanted to go is where one arrives
  await anne.click('way-provider');
  await atProvider(anne, 'anne', "le mot d'Anne");
  await anne.shown('form-room');
  assert.equal(await anne.evaluate(() => location.pathname), '/admin/rooms');
});

scene.alone('the directory lets in whom it knows; a wrong password and a directory that is down are told apart', async () => {
  const v = await scene.visitor('Carl', { script: choose, argument: ['dark', 'fr'] });
  await v.goto('/login');
  await v.shown('form-login');
  await byForm(v, 'carl', 'le mot de Léa');
  await v.shown('admin-error', { 'data-code': 'login_wrong' });
  await byForm(v, 'carl', 'le mot de Carl');
  await v.shown('page-account');
  assert.equal(await v.page.inputValue('[data-test="f-name"]'), 'Carl Noir');
  assert.match(await v.text('elsewhere'), /Tournesol/);
  await v.click('logout');
  await v.shown('form-login');
  await directory.stop();
  await byForm(v, 'carl', 'le mot de Carl');
  await v.shown('admin-error', { 'data-code': 'login_unavailable' });
  await v.page.screenshot({ path: path.join(OUT, 'login-unavailable-dark-fr.png') });
  assert.deepEqual(await axeFindings(v), []);
  await v.shown('way-provider'); // the other way is still there
  assert.deepEqual(unexpectedErrors(v).filter((e) => !/40[01]|503/.test(e)), []);
});
