// The newer dialogs by the keyboard alone: one gets in, sees where one is, cannot fall out, gets out with Escape, and is then
// where one was. The room's settings with its plan, small groups, participants, polls; the sharing of a folder, members.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { tabTo } from './lib/access.mjs';
import { unexpectedErrors } from './lib/clean.mjs';
import { Scene } from './lib/scene.mjs';
import { hook } from './lib/visitor.mjs';

const scene = new Scene();
before(() => scene.open());
after(() => scene.close());

/** Waits until the focus is on that hook, or on something in it. */
const focusOn = (v, name) => v.until(`the focus is on ${name}`, (s) => document.activeElement?.closest(s) !== null, hook(name));

/** Opens a dialog from the button that has the focus, and goes round in it, both ways: the focus is always in it, and seen. */
async function openTrap(v, dialog) {
  await v.press('Enter');
  await v.shown(dialog, { open: '' });
  await focusOn(v, dialog);
  const stops = await v.evaluate((s) => document.querySelectorAll(`${s} :is(button, input, select, textarea, a[href])`).length, hook(dialog));
  for (const key of [...Array(stops + 3).fill('Tab'), ...Array(3).fill('Shift+Tab')]) {
    await v.press(key);
    const fault = await v.evaluate((s) => {
      const e = document.activeElement;
      if (e === document.body) return ''; // the browser's own bar
      const look = getComputedStyle(e);
      if (!e.closest(s)) return `the focus left for ${e.outerHTML.slice(0, 100)}`;
      return look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0 || look.boxShadow !== 'none' ? '' : `the focus cannot be seen on ${e.outerHTML.slice(0, 100)}`;
    }, hook(dialog));
    assert.equal(fault, '', `${dialog}: ${key}`);
  }
}

async function escape(v, dialog, opener) {
  await v.press('Escape');
  await v.gone(dialog);
  await focusOn(v, opener);
}

/** Tab, to an element of its own kind in a hook. */
async function tabInto(v, name) {
  for (let i = 0; i < 60; i++) {
    await v.press('Tab');
    if (await v.evaluate((s) => document.activeElement?.closest(s) !== null, hook(name))) return;
  }
  throw new Error(`Tab does not lead into ${name}`);
}

/** What is typed into a field for a date and time, as in Britain. */
async function typeMoment(v) {
  await v.type('0701');
  await v.type('2030');
  await v.press('ArrowRight');
  await v.type('1930');
}

scene.alone('the host’s dialogs and panels in a meeting', async () => {
  const h = await scene.visitor('Hélène');
  await h.goto(`/r/keys#host=${await scene.server.room('keys')}`);
  await h.passPrejoin({ mic: false, camera: false });
  const g = await scene.visitor('Gaël');
  await g.goto('/r/keys');
  await g.passPrejoin({ mic: false, camera: false });
  await h.press('p');
  await focusOn(h, 'tab-people');

  await tabTo(h, 'room-settings');
  await openTrap(h, 'dialog-room');
  await tabTo(h, 'set-lobby');
  await h.press('Space');
  await tabTo(h, 'set-starts');
  await typeMoment(h);
  await tabTo(h, 'set-save');
  await h.press('Enter');
  await h.gone('dialog-room');
  await focusOn(h, 'room-settings');
  await h.until('the room is planned', async () => {
    const r = await (await fetch('/api/v1/rooms/keys')).json();
    return r.lobby && new Date(r.starts).getFullYear() === 2030;
  });
  await h.press('Enter');
  await h.shown('dialog-room', { open: '' });
  await escape(h, 'dialog-room', 'room-settings');

  await tabTo(h, 'breakouts');
  await openTrap(h, 'dialog-breakouts');
  await tabTo(h, 'breakout-start');
  await h.press('Enter');
  await h.shown('breakout', { 'data-group': '1', 'data-people': '1' });
  await focusOn(h, 'dialog-breakouts'); // though the button that was pressed is gone
  await tabTo(h, 'breakout-text');
  await h.type('Encore cinq minutes');
  await h.press('Enter');
  await g.shown('banner', { 'data-banner': 'announce' });
  await tabTo(h, 'breakout-recall');
  await h.press('Enter');
  await g.joined();
  await h.shown('breakout-start');
  await focusOn(h, 'dialog-breakouts');
  await escape(h, 'dialog-breakouts', 'breakouts');

  await h.until('both are there', () => window.tablee.state().members.length === 2);
  await tabTo(h, 'person-menu');
  await h.press('Enter');
  await h.shown('person-moderator');
  await h.press('Tab');
  await h.press('Escape');
  await h.gone('person-moderator');
  await focusOn(h, 'person-menu');
  await h.press('Enter');
  await tabTo(h, 'person-moderator');
  await h.press('Enter');
  await h.gone('person-moderator');
  await focusOn(h, 'person-menu');

  await h.press('Shift+Tab'); // back to the tabs
  for (let i = 0; i < 20 && await h.evaluate((s) => !document.activeElement.matches(s), hook('tab-people')); i++) await h.press('Shift+Tab');
  await h.press('ArrowRight');
  await focusOn(h, 'tab-polls');
  await tabTo(h, 'poll-question');
  await h.type('Quand ?');
  for (const answer of ['lundi', 'mardi']) {
    await h.press('Tab');
    await focusOn(h, 'poll-option');
    await h.type(answer);
  }
  await tabTo(h, 'poll-start');
  await h.press('Enter');
  await h.shown('poll');
  await focusOn(h, 'poll-question'); // what was pressed is switched off again
  await tabInto(h, 'poll-answer');
  await h.press('Space');
  await h.shown('poll-answer', { 'data-votes': '1' });
  await h.press('Escape');
  await h.gone('panel');
  await h.until('the focus is on the page’s bar', () => document.activeElement?.closest('[role="toolbar"], footer, header, nav, main') !== null && document.activeElement !== document.body);
  assert.deepEqual(unexpectedErrors(h), []);
});

scene.alone('the sharing of a folder, and an admin’s members', async () => {
  const v = await scene.visitor('Anne');
  await v.goto(/\/setup#\S+/.exec(scene.server.log)[0]);
  await tabTo(v, 'f-login');
  await v.type('anne');
  await tabTo(v, 'f-password');
  await v.type('cheval agrafe pile');
  await v.press('Enter');
  await v.shown('dial');

  await tabTo(v, 'nav-members');
  await v.press('Enter');
  await v.shown('form-invite');
  await tabTo(v, 'submit-invite');
  await v.press('Enter');
  await v.shown('once-text');
  await tabTo(v, 'f-group');
  await v.type('Choir');
  await v.press('Enter');
  await v.shown('group', { 'data-name': 'Choir' });

  await v.goto('/files');
  await v.shown('files-empty');
  await tabTo(v, 'new-folder');
  await v.press('Enter');
  await focusOn(v, 'folder-name');
  await v.type('Scores');
  await v.press('Enter');
  await v.shown('file', { 'data-name': 'Scores' });
  await tabTo(v, 'file-actions');
  await v.press('Enter');
  await v.shown('dialog-file');
  await tabTo(v, 'file-share');
  await openTrap(v, 'dialog-share');
  await tabTo(v, 'link-make');
  await v.press('Enter');
  await v.shown('drop-link');
  await v.shown('links', { 'data-count': '1' });
  await tabTo(v, 'link-end');
  await v.press('Enter');
  await v.shown('links', { 'data-count': '0' });
  await focusOn(v, 'dialog-share');
  await escape(v, 'dialog-share', 'file-actions');
  assert.deepEqual(unexpectedErrors(v), []);
});
