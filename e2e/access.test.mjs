// For everybody: axe finds nothing serious on any page in either theme, and the keyboard alone is enough.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { axeFindings, tabTo } from './lib/access.mjs';
import { unexpectedErrors } from './lib/clean.mjs';
import { Scene } from './lib/scene.mjs';

const scene = new Scene();
before(() => scene.open());
after(() => scene.close());

const chooseTheme = (theme) => localStorage.setItem('tablee.theme', theme);

for (const theme of ['light', 'dark']) {
  scene.alone(`axe finds nothing serious: ${theme}`, async () => {
    await scene.server.room(`axe-${theme}`);
    const v = await scene.visitor('Ada', { script: chooseTheme, argument: theme });
    const other = await scene.visitor('Bo');
    const findings = {};
    const look = async (where) => {
      findings[where] = await axeFindings(v);
    };
    await v.goto('/');
    await v.shown('page-home');
    assert.equal(await v.evaluate(() => document.documentElement.dataset.theme), theme);
    await look('home');
    await other.join(`axe-${theme}`);
    await v.goto(`/r/axe-${theme}`);
    await v.shown('seated');
    await v.shown('preview', { 'data-camera': 'on' });
    await look('prejoin');
    await v.passPrejoin();
    await v.shown('tile', { 'data-member': other.id, 'data-video': 'live' });
    await look('meeting');
    await v.click('chat');
    await v.fill('chat-input', 'See https://example.org');
    await v.click('chat-send');
    await v.shown('chat-message', { 'data-pending': 'false' });
    await look('chat');
    await v.click('people');
    await v.shown('panel', { 'data-panel': 'people' });
    await look('people');
    await v.click('panel-close');
    await v.click('more');
    await v.shown('menu');
    await look('menu');
    await v.click('invite');
    await v.shown('panel', { 'data-panel': 'invite' });
    await look('invite');
    await v.click('panel-close');
    for (const dialog of ['settings', 'help']) {
      await v.click('more');
      await v.click(dialog);
      await v.shown(`dialog-${dialog}`);
      await look(dialog);
      await v.press('Escape');
      await v.gone(`dialog-${dialog}`, { open: '' });
    }
    await v.click('leave');
    await v.shown('page-left');
    await look('left');
    assert.deepEqual(Object.entries(findings).filter(([, f]) => f.length > 0), []);
  });
}

scene.alone('the keyboard alone leads from home to leaving', async () => {
  const v = await scene.visitor('Ada');
  await v.goto('/');
  await v.shown('page-home');
  await tabTo(v, 'room-name');
  await v.type('Keyboard room');
  await v.press('Enter');
  await v.shown('page-prejoin', { 'data-room': 'known' });
  await v.shown('preview', { 'data-camera': 'on' });
  await tabTo(v, 'toggle-camera');
  await v.press('Space');
  await v.shown('toggle-camera', { 'aria-pressed': 'false' });
  await tabTo(v, 'your-name');
  await v.type('Ada');
  await v.press('Enter');
  await v.joined();

  await tabTo(v, 'mic');
  await v.press('Space');
  await v.shown('mic', { 'aria-pressed': 'false' });
  await tabTo(v, 'chat');
  await v.press('Enter');
  await v.until('the focus is in the message field', () => document.activeElement?.dataset.test === 'chat-input');
  await v.type('m is a letter here, not a shortcut');
  await v.press('Enter');
  await v.shown('chat-message', { 'data-pending': 'false' });
  await v.shown('mic', { 'aria-pressed': 'false' });
  await v.press('Escape');
  await v.gone('panel');
  await v.until('the focus returns to where it came from', () => document.activeElement?.dataset.test === 'chat');

  await v.press('m');
  await v.shown('mic', { 'aria-pressed': 'true' });
  await v.press('?');
  await v.shown('dialog-help');
  for (let i = 0; i < 15; i++) {
    await v.press('Tab');
    assert.ok(await v.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog')), 'the focus left the dialog');
  }
  await v.press('m');
  await v.shown('mic', { 'aria-pressed': 'true' });
  await v.press('Escape');
  await v.gone('dialog-help', { open: '' });

  await tabTo(v, 'leave');
  await v.press('Enter');
  await v.shown('page-left', { 'data-reason': 'left' });
  assert.deepEqual(unexpectedErrors(v), []);
});
