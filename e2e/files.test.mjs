// Files in real browsers: the panel of a meeting, previews, presenting, attachments, drops, encrypted drops to a second browser.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before } from 'node:test';
import { axeFindings, layoutFaults, settled, strings } from './lib/access.mjs';
import { foreignRequests, unexpectedErrors } from './lib/clean.mjs';
import { sees } from './lib/media.mjs';
import { pdf, png, wav } from './lib/samples.mjs';
import { OUT, PHONE, SMALL, Scene } from './lib/scene.mjs';
import { give, hashOf, randomFile, take } from './lib/sealed.mjs';
import { until } from './lib/until.mjs';
import { hook } from './lib/visitor.mjs';

const scene = new Scene();
before(() => scene.open(['--files-meeting-rate', '0']));
after(() => scene.close());

const shot = async (v, name) => {
  await settled(v);
  await v.page.screenshot({ path: path.join(OUT, `files-${name}.png`) });
};

/** Puts files into the page's chooser. */
const choose = (v, files, input = 'files-input') => v.page.setInputFiles(hook(input), files);
const file = (name, buffer, mimeType = 'application/octet-stream') => ({ name, mimeType, buffer });
const arrived = (v, name) => v.shown('file', { 'data-name': name });

/** Drops files on an element, as a person does with the mouse. */
async function drop(v, on, files) {
  const data = await v.page.evaluateHandle((list) => {
    const t = new DataTransfer();
    for (const f of list) t.items.add(new File([Uint8Array.from(atob(f.base64), (c) => c.charCodeAt(0))], f.name, { type: f.type }));
    return t;
  }, files.map((f) => ({ name: f.name, type: f.mimeType, base64: f.buffer.toString('base64') })));
  for (const kind of ['dragenter', 'dragover', 'drop']) await v.page.dispatchEvent(hook(on), kind, { dataTransfer: data });
}

/** Half a second of film, as the browser itself records it, in base64. */
const film = (v) => v.evaluate(async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 });
  const context = canvas.getContext('2d');
  const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/webm;codecs=vp8' });
  const parts = [];
  recorder.ondataavailable = (e) => parts.push(e.data);
  const stopped = new Promise((done) => { recorder.onstop = done; });
  recorder.start();
  for (let i = 0; i < 10; i++) {
    context.fillStyle = `hsl(${36 * i} 80% 50%)`;
    context.fillRect(0, 0, 160, 120);
    await new Promise((done) => setTimeout(done, 50));
  }
  recorder.stop();
  await stopped;
  return btoa(String.fromCharCode(...new Uint8Array(await new Blob(parts).arrayBuffer())));
});

scene.alone('the panel: dropping, previews, folders, versions, trash, presenting, chat', async () => {
  const token = await scene.server.room('table');
  const ada = await scene.visitor('Ada', { context: SMALL });
  const bo = await scene.visitor('Bo', { context: SMALL, browser: { own: 'bo' } });
  const quiet = { mic: false, camera: false }; // two cores have enough to do
  await ada.join(`table#host=${token}`, quiet);
  await bo.join('table', quiet);
  await ada.click('more');
  await ada.click('files');
  await ada.shown('files-empty');
  await drop(ada, 'files', [file('sunset.png', png(320, 200, [220, 90, 40]), 'image/png'), file('notes.md', Buffer.from('# Été\n\n* one\n* **two** <script>alert(1)</script> [x](javascript:alert(1))\n')),
    file('agenda.pdf', pdf(['Agenda', 'Second page'])), file('tone.wav', wav()),
    file('film.webm', Buffer.from(await film(ada), 'base64'), 'video/webm'), file('evil.html', Buffer.from('<script>document.title="evil"</script>'))]);
  for (const name of ['sunset.png', 'notes.md', 'agenda.pdf', 'tone.wav', 'film.webm', 'evil.html']) await arrived(ada, name);
  await until('all uploads have ended', async () => (await ada.count('upload')) === 0);
  assert.ok(await ada.evaluate(([row, below]) => [...document.querySelectorAll(row)].at(-1).getBoundingClientRect().bottom <= document.querySelector(below).getBoundingClientRect().top,
    [hook('file'), hook('files-page')]), 'the list runs over what comes below it');
  await shot(ada, 'panel');

  await bo.click('more');
  await bo.click('files');
  await arrived(bo, 'sunset.png');
  const openFile = (v, name) => v.page.click(`${hook('file', { 'data-name': name })} ${hook('file-open')}`);
  const close = (v) => v.click('dialog-close');
  await openFile(bo, 'sunset.png');
  await bo.until('the picture shows', () => document.querySelector('.file-preview img')?.naturalWidth === 320);
  await close(bo);
  await openFile(bo, 'notes.md');
  await bo.until('markdown is read', () => document.querySelector('.markdown h2')?.textContent === 'Été' && document.querySelectorAll('.markdown li').length === 2);
  assert.equal(await bo.evaluate(() => document.querySelectorAll('.markdown script, .markdown a').length), 0);
  await close(bo);
  await openFile(bo, 'tone.wav');
  await bo.until('the sound can be played', () => document.querySelector('.file-preview audio')?.duration > 0.4);
  await close(bo);
  await openFile(bo, 'evil.html');
  await bo.shown('preview', { 'data-kind': 'none' });
  await close(bo);
  await openFile(bo, 'film.webm');
  await bo.until('the film can be played', () => document.querySelector('.file-preview video')?.videoWidth === 160);
  await close(bo);

  // Ada shows the PDF to everybody: Bo sees it as a shared screen.
  await openFile(ada, 'agenda.pdf');
  await ada.shown('pdf-page', { 'data-page': '1' });
  await shot(ada, 'pdf');
  await ada.click('present');
  await ada.shown('present', { 'aria-pressed': 'true' });
  await sees(bo, ada.id, 'screen');
  await ada.click('pdf-next');
  await ada.shown('pdf-page', { 'data-page': '2' });
  await ada.click('present');
  await bo.gone('tile', { 'data-kind': 'screen' });
  await close(ada);

  // Folders, renaming, the trash.
  await ada.click('new-folder');
  await ada.fill('folder-name', 'Photos');
  await ada.click('folder-make');
  await arrived(ada, 'Photos');
  await ada.page.click(`${hook('file', { 'data-name': 'sunset.png' })} ${hook('file-actions')}`);
  await ada.shown('dialog-file');
  await shot(ada, 'actions');
  await ada.click('file-move');
  await ada.gone('file', { 'data-name': 'sunset.png' });
  await openFile(ada, 'Photos');
  await arrived(ada, 'sunset.png');
  await choose(ada, [file('sunset.png', png(100, 100, [20, 90, 40]), 'image/png')]);
  await ada.until('a version is kept', () => document.querySelector('[data-test="files"]')?.dataset.count === '1');
  await ada.click('path-top');
  await ada.fill('files-search', 'sun');
  await arrived(ada, 'sunset.png');
  await ada.gone('file', { 'data-name': 'Photos' });
  await ada.fill('files-search', '');
  await arrived(ada, 'evil.html');
  await ada.page.click(`${hook('file', { 'data-name': 'evil.html' })} ${hook('file-actions')}`);
  await ada.click('file-remove');
  await ada.gone('file', { 'data-name': 'evil.html' });
  await ada.click('files-trash');
  await arrived(ada, 'evil.html');
  await ada.page.click(`${hook('file', { 'data-name': 'evil.html' })} ${hook('file-actions')}`);
  await ada.click('file-restore');
  await ada.gone('file', { 'data-name': 'evil.html' });
  await ada.click('files-trash');
  await arrived(ada, 'evil.html');

  // An attachment of the chat: a message with a link, which opens the file on a page of its own.
  await bo.click('tab-chat');
  await choose(bo, [file('receipt.txt', Buffer.from('12 €'))], 'chat-file');
  await ada.click('tab-chat');
  const link = await ada.until('the attachment comes', () => [...document.querySelectorAll('[data-test="chat-message"] a')].map((a) => a.href).find((h) => h.includes('/files#')));
  await ada.page.evaluate((url) => open(url), link);
  const page = await until('the page opens', () => ada.page.context().pages().find((p) => p.url().includes('/files')));
  await page.waitForSelector('.file-preview pre');
  assert.match(await page.textContent('.file-preview pre'), /12 €/);
  await page.close();
  for (const v of [ada, bo]) {
    assert.deepEqual(unexpectedErrors(v), []);
    assert.deepEqual(await foreignRequests(v), []);
  }
});

scene.alone('an upload is paused, goes on after a reload and after a server that was killed, and arrives whole', async () => {
  const made = await (await fetch(`${scene.server.origin}/api/v1/drops`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"title":"large"}' })).json();
  const v = await scene.visitor('Ada');
  const content = crypto.randomBytes(24 << 20);
  const where = path.join(OUT, 'large.bin'); // a real file: what a test hands over itself is limited in size
  await fs.writeFile(where, content);
  await v.goto(`/f/${made.manage}`);
  await v.shown('files-empty');
  // A line of 2 MB/s, so that there is a middle.
  const cdp = await v.page.context().newCDPSession(v.page);
  const line = (up) => cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 5, downloadThroughput: -1, uploadThroughput: up });
  await cdp.send('Network.enable');
  await line(2 << 20);
  await v.page.setInputFiles(hook('files-input'), where);
  await v.until('some of it is sent', () => Number(document.querySelector('[data-test="upload"]')?.dataset.sent) > 2e6);
  await shot(v, 'progress');
  await v.click('upload-pause');
  await v.shown('upload', { 'data-state': 'paused' });
  await v.click('upload-resume');
  await v.until('more of it is sent', () => Number(document.querySelector('[data-test="upload"]')?.dataset.sent) > 4e6);
  await scene.server.stop('SIGKILL');
  await v.shown('upload', { 'data-state': 'retrying' });
  await scene.server.run();
  await v.shown('upload', { 'data-state': 'sending' });
  await v.until('it goes on', () => Number(document.querySelector('[data-test="upload"]')?.dataset.sent) > 6e6);
  await v.reload();
  await v.shown('upload', { 'data-name': 'large.bin' });
  await line(-1);
  await arrived(v, 'large.bin');
  const id = await v.attribute('file', 'data-id');
  const got = Buffer.from(await (await fetch(`${scene.server.origin}/api/v1/drops/${made.manage}/files/${id}/content`)).arrayBuffer());
  assert.ok(got.equals(content), 'the file is not what was sent');
  assert.equal(await v.count('file'), 1);
  assert.deepEqual(unexpectedErrors(v, { serverWasDown: true }), []);
});

// MB of the encrypted file; scripts/proof-sealed.mjs takes the same steps with 2048.
const SEALED_MB = 12;
const SEALED = 'sealed-canary.bin';
const DOWNLOADS = path.join(OUT, 'downloads');
const HOMES = { Chromium: { own: 'bo' }, Firefox: { firefox: true, downloads: DOWNLOADS } };

/** Somebody encrypts in one browser, and somebody else opens it in another, perhaps in another way than by a click. */
async function passOn(giver, taker, open) {
  await fs.rm(DOWNLOADS, { recursive: true, force: true });
  await fs.mkdir(DOWNLOADS);
  const where = path.join(OUT, SEALED);
  const hash = randomFile(where, SEALED_MB);
  const ada = await scene.visitor('Ada', { browser: HOMES[giver] });
  const link = await give(ada, where, SEALED_MB);
  const bo = await scene.visitor('Bo', { browser: HOMES[taker] });
  const got = await take(bo, link, SEALED, SEALED_MB, DOWNLOADS, open?.(bo));
  assert.equal(await hashOf(got), hash, 'what came out is not what went in');
  for (const file of [got, where]) await fs.rm(file);
  for (const v of [ada, bo]) assert.deepEqual(await foreignRequests(v), []);
  return { ada, link };
}

scene.alone('an encrypted drop, from Chromium to Firefox, of which the server knows neither name nor content', async () => {
  const { ada, link } = await passOn('Chromium', 'Firefox');
  await shot(ada, 'sealed');
  const api = link.replace('/f/', '/api/v1/drops/').replace(/#.*/, '/files');
  assert.doesNotMatch(await (await fetch(api)).text(), /canary/);
  // A link without its key, and one with another key.
  const eve = await scene.visitor('Eve', { browser: HOMES.Chromium });
  await eve.goto(link.replace(scene.server.origin, '').replace(/#.*/, ''));
  await eve.shown('drop-error', { 'data-code': 'key' });
  await eve.goto('/');
  await eve.goto(link.replace(scene.server.origin, '').replace(/#.*/, '#AAAAAAAAAAAAAAAAAAAAAA'));
  await eve.shown('files-error', { 'data-code': 'keyWrong' });
});

scene.alone('an encrypted drop, from Firefox to Chromium, while the server is killed', async () => {
  await passOn('Firefox', 'Chromium', (bo) => async () => {
    const cdp = await bo.page.context().newCDPSession(bo.page); // a line of 2 MB/s, so that there is a middle
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 5, downloadThroughput: 2 << 20, uploadThroughput: -1 });
    await bo.click('file-open');
    await bo.until('some of it is decrypted', () => / [1-9]\d %/.test(document.querySelector('[data-test="decrypting"]')?.textContent));
    await scene.server.stop('SIGKILL');
    await scene.server.run();
  });
});

scene.alone('a drop with a password, and one that receives', async () => {
  const ada = await scene.visitor('Ada');
  await ada.goto('/f');
  await ada.fill('drop-title', 'Été 2026');
  await ada.fill('drop-password', 'sésame');
  await ada.click('drop-make');
  await ada.shown('drop-link');
  await choose(ada, [file('a.txt', Buffer.from('hello'))]);
  await arrived(ada, 'a.txt');
  const link = (await ada.page.inputValue(hook('drop-link'))).replace(scene.server.origin, '');
  const bo = await scene.visitor('Bo');
  await bo.goto(link);
  await bo.fill('unlock-password', 'wrong');
  await bo.click('unlock');
  await bo.shown('drop-error', { 'data-code': 'password_needed' });
  await bo.fill('unlock-password', 'sésame');
  await bo.click('unlock');
  await arrived(bo, 'a.txt');
  const [got] = await Promise.all([bo.page.waitForEvent('download'), bo.page.click(hook('file-actions')).then(() => bo.click('file-download'))]);
  const copy = path.join(OUT, 'downloaded.txt');
  await got.saveAs(copy);
  assert.equal(await fs.readFile(copy, 'utf8'), 'hello');
  await ada.reload();
  await ada.until('it is counted', () => document.querySelector('[data-test="drop-count"]')?.textContent.includes('1'));
  await ada.click('drop-end');
  await ada.shown('drop-ended');
  await bo.reload();
  await bo.shown('drop-error', { 'data-code': 'link_unknown' });

  await ada.goto('/f');
  await ada.page.check(hook('drop-receive'));
  await ada.click('drop-make');
  await ada.shown('drop-link');
  const inbox = (await ada.page.inputValue(hook('drop-link'))).replace(scene.server.origin, '');
  await bo.goto(inbox);
  await bo.shown('files-empty');
  await choose(bo, [file('homework.txt', Buffer.from('x'))]);
  await bo.shown('drop-thanks');
  assert.equal(await bo.count('file'), 0);
  await ada.reload();
  await arrived(ada, 'homework.txt');
});

/** Opens a file of each kind that is not a picture, and looks at it. */
async function everyPreview(v, check) {
  const lines = '\n\nUne phrase qui est assez longue pour ne pas tenir dans une ligne d’un téléphone, quoi qu’on fasse.\n'.repeat(12);
  const kinds = {
    'ordre.pdf': [pdf(['Ordre du jour', 'Divers']), () => document.querySelector('.file-preview canvas')?.width > 0],
    'compte-rendu.md': [Buffer.from(`# Réunion\n\n* **Oui** : 7\n* *Non* : 2\n\n> Adopté.\n\n\`\`\`\n${'x = 1; '.repeat(20)}\n\`\`\`${lines}`), () => document.querySelector('.markdown h2')],
    'lettre.txt': [Buffer.from(`Bonjour,${lines}`), () => document.querySelector('.file-preview pre')],
    'chanson.wav': [wav(), () => document.querySelector('.file-preview audio')?.duration > 0.4],
    'jardin.webm': [Buffer.from(await film(v), 'base64'), () => document.querySelector('.file-preview video')?.videoWidth === 160],
  };
  await choose(v, Object.entries(kinds).map(([name, [content]]) => file(name, content)));
  for (const [name, [, shows]] of Object.entries(kinds)) {
    await arrived(v, name);
    await v.page.click(`${hook('file', { 'data-name': name })} ${hook('file-open')}`);
    await v.until(`${name} shows`, shows);
    await check(`preview-${name.split('.').at(-1)}`);
    await v.click('dialog-close');
  }
}

const said = {};
const LOOKS = [['desktop-light', 'light', 'en', {}], ['desktop-dark', 'dark', 'fr', { locale: 'fr-FR' }], ['phone-light', 'light', 'fr', { ...PHONE, locale: 'fr-FR' }], ['phone-dark', 'dark', 'en', PHONE]];
for (const [look, theme, lang, context] of LOOKS) {
  scene.alone(`how it looks: ${look}`, async () => {
    await scene.server.room(`looks-${look}`);
    const v = await scene.visitor('Margaux', { context, script: ([t, l]) => { localStorage.setItem('tablee.theme', t); localStorage.setItem('tablee.lang', l); }, argument: [theme, lang] });
    const check = async (name) => {
      await shot(v, `${name}-${look}`);
      assert.deepEqual(await axeFindings(v), [], name);
      assert.deepEqual(await layoutFaults(v, { smallestText: context.isMobile ? 14 : 12 }), [], name);
      (said[name] ??= {})[lang] = await strings(v);
    };
    await v.goto('/f');
    await v.shown('drop-make');
    await check('make');
    await v.click('drop-make');
    await v.shown('drop-link');
    await choose(v, [file('Plan du jardin.png', png(300, 200, [90, 140, 80]), 'image/png'), file('Facture 2026-11.pdf', pdf(['Facture'])),
      file('Un nom de fichier vraiment très long, comme on en rencontre dans la vie.txt', Buffer.from('x'.repeat(3000)))]);
    await until('three files', async () => (await v.count('file')) === 3);
    await check('drop');
    await v.goto(`/r/looks-${look}`);
    await v.passPrejoin({ camera: false });
    await v.click('more');
    await v.click('files');
    await v.shown('files-empty');
    await check('empty');
    await choose(v, [file('photo.png', png(300, 200, [200, 120, 60]), 'image/png'), file('liste.txt', Buffer.from('pain\nbeurre\n'))]);
    await until('two files', async () => (await v.count('file')) === 2);
    await check('room');
    await v.page.click(`${hook('file', { 'data-name': 'photo.png' })} ${hook('file-open')}`);
    await v.until('the picture shows', () => document.querySelector('.file-preview img')?.naturalWidth === 300);
    await check('preview');
    await v.click('dialog-close');
    if (context.isMobile) await everyPreview(v, check);
    await v.page.click(`${hook('file', { 'data-name': 'liste.txt' })} ${hook('file-actions')}`);
    await v.shown('dialog-file');
    await check('actions');
    await v.press('Escape');
    await v.gone('dialog-file');
    assert.deepEqual(unexpectedErrors(v), []);
  });
}

scene.alone('no English is left in French', () => {
  for (const [page, by] of Object.entries(said)) {
    const same = (by.fr ?? []).filter((s) => by.en?.includes(s) && !/Margaux|looks|localhost|Tablée|Une phrase|\.(png|pdf|txt|md|wav|webm)/i.test(s));
    assert.deepEqual(same, [], page);
  }
});
