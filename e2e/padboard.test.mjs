// The whiteboard: a mouse, fingers, a pen and its palm, the keyboard, on two screens at once; and beside a meeting.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, settled } from './lib/access.mjs';
import { unexpectedErrors } from './lib/clean.mjs';
import { introduce } from './lib/person.mjs';
import { OUT, PHONE, Scene } from './lib/scene.mjs';

const scene = new Scene();
before(() => scene.open());
after(() => scene.close());

async function person(name, { theme = 'light', lang = 'en', context = {} } = {}) {
  const v = await scene.visitor(name, { script: introduce, argument: [name, theme, lang], context });
  v.cdp = await v.page.context().newCDPSession(v.page);
  return v;
}

const ready = (v) => v.shown('pad', { 'data-ready': 'true', 'data-line': 'up', 'data-kind': 'board' });
const shapes = (v, n) => v.until(`has ${n} shapes`, (want) => document.querySelector('[data-test="board-canvas"]')?.dataset.shapes === want, String(n));
const view = (v) => v.evaluate(() => document.querySelector('[data-test="board-canvas"]').dataset.at.split(' ').map(Number));
const viewIs = (v, what, fits) => v.until(what, (f) => {
  const [x, y, zoom] = document.querySelector('[data-test="board-canvas"]').dataset.at.split(' ').map(Number);
  const near = (a, b) => Math.abs(a - b) < 1;
  return (f.x === undefined || near(x, f.x)) && (f.y === undefined || near(y, f.y)) && (f.zoom === undefined || Math.abs(zoom - f.zoom) < 0.03);
}, fits);

/** Fingers by id: touch(v, 'touchStart', {1: [x, y]}). Places are on the canvas. */
const touch = (v, type, points) => v.cdp.send('Input.dispatchTouchEvent', { type, touchPoints: Object.entries(points).map(([id, [x, y]]) => ({ id: Number(id), x: v.at.x + x, y: v.at.y + y })) });
const pen = (v, type, x, y, force) => v.cdp.send('Input.dispatchMouseEvent', { type, x: v.at.x + x, y: v.at.y + y, force, button: 'left', buttons: type === 'mouseReleased' ? 0 : 1, clickCount: 1, pointerType: 'pen' });

async function drag(v, ...places) {
  const [[x, y], ...rest] = places;
  await v.page.mouse.move(v.at.x + x, v.at.y + y);
  await v.page.mouse.down();
  for (const [x2, y2] of rest) await v.page.mouse.move(v.at.x + x2, v.at.y + y2, { steps: 5 });
  await v.page.mouse.up();
}

scene.alone('a whiteboard is drawn on together: mouse, fingers, a pen and its palm, keys', async () => {
  const ada = await person('Ada');
  await ada.goto('/p');
  await ada.click('pad-new', { 'data-template': 'board' });
  await ready(ada);
  const link = await ada.evaluate(() => {
    const [known] = JSON.parse(localStorage.getItem('tablee.pads'));
    return `/p/${known.id}#${known.access}`;
  });
  const bo = await person('Bo', { context: PHONE, theme: 'dark', lang: 'fr' });
  await bo.goto(link);
  await ready(bo);
  for (const v of [ada, bo]) v.at = await v.page.locator('[data-test="board-canvas"]').boundingBox();

  // One finger draws, two move and zoom: the stroke that the first had begun is not kept.
  await touch(bo, 'touchStart', { 1: [40, 60] });
  for (let i = 1; i <= 6; i++) await touch(bo, 'touchMove', { 1: [40 + 20 * i, 60 + 10 * i] });
  await touch(bo, 'touchEnd', {});
  await shapes(ada, 1);
  await touch(bo, 'touchStart', { 1: [130, 200] });
  await touch(bo, 'touchStart', { 1: [130, 200], 2: [230, 200] });
  await touch(bo, 'touchMove', { 1: [105, 200], 2: [255, 200] });
  await touch(bo, 'touchEnd', {});
  await viewIs(bo, 'is nearer by half', { zoom: 1.5 });
  await shapes(bo, 1);
  await bo.click('board-fit');

  // A pen draws, and the palm that lay there first neither draws nor moves the board. From then on one finger moves it.
  const still = await view(bo);
  await touch(bo, 'touchStart', { 1: [300, 380] });
  await pen(bo, 'mousePressed', 60, 240, 0.3);
  for (let i = 1; i <= 6; i++) {
    await pen(bo, 'mouseMoved', 60 + 20 * i, 240 + 5 * i, 0.3 + i / 10);
    await touch(bo, 'touchMove', { 1: [300 - 4 * i, 380 - 4 * i] });
  }
  await pen(bo, 'mouseReleased', 180, 270, 0);
  await touch(bo, 'touchEnd', {});
  await shapes(ada, 2);
  assert.deepEqual(await view(bo), still, 'the palm has moved the board');
  await touch(bo, 'touchStart', { 1: [200, 300] });
  await touch(bo, 'touchMove', { 1: [170, 260] });
  await touch(bo, 'touchEnd', {});
  await viewIs(bo, 'the finger moves it', { x: still[0] + 30 / still[2], y: still[1] + 40 / still[2] });
  await shapes(bo, 2);

  // A mouse: wheel, Ctrl and wheel, space and drag; keys.
  await ada.page.mouse.move(ada.at.x + 300, ada.at.y + 200);
  await ada.page.mouse.wheel(30, 50);
  await viewIs(ada, 'the wheel moves', { x: 30, y: 50, zoom: 1 });
  await ada.page.keyboard.down('Control');
  await ada.page.mouse.wheel(0, -100);
  await ada.page.keyboard.up('Control');
  await viewIs(ada, 'Ctrl and the wheel zoom', { zoom: Math.exp(0.25) });
  await ada.click('board-rect');
  await ada.page.focus('[data-test="board-canvas"]');
  const [x0] = await view(ada);
  await ada.page.keyboard.down(' ');
  await drag(ada, [300, 200], [400, 200]);
  await ada.page.keyboard.up(' ');
  await viewIs(ada, 'space and drag move', { x: x0 - 100 / Math.exp(0.25) });
  await shapes(ada, 2);
  const before = await view(ada);
  await ada.press('ArrowDown');
  await viewIs(ada, 'an arrow moves', { y: before[1] + 64 / before[2] });
  await ada.press('-');
  await viewIs(ada, 'minus goes farther', { zoom: before[2] / 1.25 });

  // Shapes, a note with more text than it has room for, colours of what is selected, a corner, deletion; one's own undo.
  await ada.press('0');
  await drag(ada, [600, 60], [700, 160]);
  await shapes(bo, 3);
  await ada.click('board-note');
  await ada.page.mouse.click(ada.at.x + 900, ada.at.y + 150);
  await ada.shown('board-field');
  await ada.type('Who brings the salad? And the bread, the cheese, the wine, a table cloth, fifteen chairs and an umbrella for the rain?');
  await ada.press('Escape');
  await shapes(bo, 4);
  await bo.until('the words are there to be read', () => document.querySelector('[data-test="board-words"]').textContent.includes('salad'));
  await ada.press('0');
  await ada.shown('board-select', { 'aria-pressed': 'true' });
  for (const v of [ada, bo]) {
    await v.click('board-fit');
    await settled(v);
    await v.page.screenshot({ path: path.join(OUT, `board-${v.name}.png`) });
    assert.deepEqual([...await axeFindings(v), ...await layoutFaults(v, { smallestText: 11 })], []);
  }
  await ada.page.focus('[data-test="board-canvas"]');
  await ada.click('board-undo');
  await shapes(bo, 3);
  await ada.click('board-redo');
  await shapes(bo, 4);
  await bo.click('board-undo'); // Bo's stroke of the pen, not Ada's note, which came later
  await shapes(ada, 3);
  assert.match(await ada.text('board-words'), /salad/);
  await ada.click('board-eraser');
  await drag(ada, [4, 4], [ada.at.width - 4, 4], [ada.at.width - 4, ada.at.height - 70], [4, ada.at.height - 70], [ada.at.width - 4, 4]);
  await ada.until('some is gone', () => Number(document.querySelector('[data-test="board-canvas"]').dataset.shapes) < 3);
  await ada.click('board-undo');
  await shapes(ada, 3); // one undo brings back what one stroke took
  await ada.shown('pad', { 'data-saved': 'saved' });

  const fetched = async (format) => {
    const [download] = await Promise.all([ada.page.waitForEvent('download'), ada.click('pad-more').then(() => ada.click('pad-export', { 'data-format': format }))]);
    assert.match(download.suggestedFilename(), new RegExp(`\\.${format}$`));
    const file = path.join(OUT, `board.${format}`);
    await download.saveAs(file);
    return fs.readFile(file);
  };
  const png = await fetched('png');
  assert.equal(png.toString('latin1', 1, 4), 'PNG');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const svg = (await fetched('svg')).toString();
  const box = /width="([\d.]+)" height="([\d.]+)"/.exec(svg);
  assert.ok(Math.abs(width - 2 * box[1]) <= 2 && Math.abs(height - 2 * box[2]) <= 2, `${width} × ${height} of ${box[0]}`);
  assert.match(svg, /<path [^>]*d="M[\s\S]*<rect[\s\S]*salad/);
  for (const v of [ada, bo]) assert.deepEqual(unexpectedErrors(v), []);
});

scene.alone('a whiteboard beside a meeting: picture and buttons stay, the board’s keys are no shortcuts', async () => {
  const token = await scene.server.room('atelier');
  const host = await person('Ada');
  await host.goto(`/r/atelier#host=${token}`);
  await host.passPrejoin();
  await host.click('notes-toggle');
  await host.shown('pad', { 'data-ready': 'true', 'data-line': 'up' });
  await host.click('pad-switch');
  await host.click('pad-new', { 'data-template': 'board' });
  await ready(host);
  host.at = await host.page.locator('[data-test="board-canvas"]').boundingBox();
  await drag(host, [40, 60], [150, 160]);
  await shapes(host, 1);
  await host.press('0'); // would unpin
  await host.page.keyboard.down(' '); // would open the microphone
  await host.shown('mic', { 'aria-pressed': 'true' });
  await host.page.keyboard.up(' ');
  await host.shown('tile');
  for (const control of ['mic', 'camera', 'leave']) await host.shown(control);
  await settled(host);
  await host.page.screenshot({ path: path.join(OUT, 'board-meeting.png') });
  assert.deepEqual([...await axeFindings(host), ...await layoutFaults(host, { smallestText: 11 })], []);
  await host.click('pad-switch');
  await host.until('both are in the list', () => document.querySelectorAll('[data-test="pad-entry"]').length === 2);
  assert.deepEqual(unexpectedErrors(host), []);
});
