// The clients that people use, each broken off at random points: tus-js-client in Node with a server that is killed, @uppy/tus
// in a real browser.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as tus from 'tus-js-client';
import { launchChromium } from './lib/browsers.mjs';
import { Server } from './lib/server.mjs';
import { until } from './lib/until.mjs';

let server;
const ended = []; // addresses of uploads that their clients call finished
before(async () => { server = await Server.start(['--files-meeting-rate', '0']); });
after(() => server.close());

async function drop() {
  const r = await fetch(`${server.origin}/api/v1/drops`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  return `${server.origin}/api/v1/drops/${(await r.json()).manage}/files`;
}

const list = async (base) => (await (await fetch(base)).json()).entries;
const content = async (base, id) => Buffer.from(await (await fetch(`${base}/${id}/content`)).arrayBuffer());

/** Uploads with tus-js-client; disturb is called with a way to break the upload off, and again after each break. */
function upload(base, bytes, name, { chunkSize = Infinity, breaks = 0, ...options } = {}) {
  return new Promise((resolve, reject) => {
    let left = breaks;
    let next = 0;
    const u = new tus.Upload(bytes, {
      endpoint: `${base}/tus`, chunkSize, metadata: { filename: name }, retryDelays: [50, 100, 200, 500, 1000, 1000, 1000, 2000, 2000, 2000],
      onError: reject, onSuccess: () => { ended.push(u.url); resolve(u); },
      onProgress(sent) {
        if (left === 0 || sent < next) return;
        left--;
        next = sent + Math.random() * (bytes.length - sent);
        void u.abort().then(() => setTimeout(() => u.start(), Math.random() * 50));
      },
      ...options,
    });
    u.start();
  });
}

test('tus-js-client: whole, in chunks, deferred length, broken off at random points', async () => {
  const base = await drop();
  const cases = {
    whole: {}, 'in chunks': { chunkSize: 300_000 }, 'with the creation': { uploadDataDuringCreation: true },
    'by POST': { overridePatchMethod: true, chunkSize: 1 << 20 },
    'broken off': { breaks: 6, chunkSize: 700_000 }, 'broken off in one request': { breaks: 4 },
  };
  for (const [name, options] of Object.entries(cases)) {
    const bytes = crypto.randomBytes(3_000_000 + Math.floor(Math.random() * 100_000));
    await upload(base, bytes, name, options);
    const found = (await list(base)).filter((e) => e.name === name);
    assert.equal(found.length, 1, name);
    assert.ok((await content(base, found[0].id)).equals(bytes), `${name}: not what was sent`);
  }
  const stream = await fs.open(await sample(1 << 20));
  await new Promise((resolve, reject) => {
    new tus.Upload(stream.createReadStream(), {
      endpoint: `${base}/tus`, chunkSize: 200_000, uploadLengthDeferred: true, metadata: { filename: 'deferred' }, onError: reject, onSuccess: resolve,
    }).start();
  });
  assert.equal((await list(base)).find((e) => e.name === 'deferred').size, 1 << 20);
  assert.equal((await fs.readdir(path.join(server.data, 'files/partial'))).length, 0);
});

async function sample(size) {
  const where = path.join(server.data, 'sample.bin');
  await fs.writeFile(where, crypto.randomBytes(size));
  return where;
}

test('tus-js-client: the server is killed in mid-upload, and the network is cut', async () => {
  const base = await drop();
  const bytes = crypto.randomBytes(8_000_000);
  // A line that is slow enough to be cut in the middle.
  const cut = new Set();
  const proxy = http.createServer((q, s) => {
    const up = http.request(new URL(q.url, server.origin), { method: q.method, headers: { ...q.headers, host: `localhost:${server.port}` } }, (a) => {
      s.writeHead(a.statusCode, a.headers);
      a.pipe(s);
    });
    up.on('error', () => s.destroy());
    q.pipe(up);
    q.on('error', () => up.destroy());
    cut.add(q.socket);
  });
  await new Promise((done) => { proxy.listen(0, 'localhost', done); });
  const through = base.replace(server.origin, `http://localhost:${proxy.address().port}`);
  let moment = 0;
  await upload(through, bytes, 'cut', {
    chunkSize: 500_000,
    onChunkComplete(_, sent) {
      moment++;
      if (moment % 5 === 2) for (const s of cut) s.destroy();
      if (moment === 4 || moment === 9) void server.stop('SIGKILL').then(() => server.run());
      assert.ok(sent <= bytes.length);
    },
  });
  proxy.close();
  const [found] = await list(base);
  assert.ok((await content(base, found.id)).equals(bytes));
});

test('@uppy/tus in Chromium: several files, broken off at random points and gone on with', async (t) => {
  const base = await drop();
  const home = await launchChromium();
  t.after(() => home.close());
  const page = await home.browser.newPage();
  // A page of the same server, whose scripts are those of npm: bundled by the server's own builder.
  const script = await bundleUppy();
  await page.route('**/uppy-test.js', (r) => r.fulfill({ contentType: 'text/javascript', body: script }));
  let created = 0;
  page.on('request', (r) => { if (r.method() === 'POST' && r.url() === `${base}/tus`) created++; });
  await page.goto(`${server.origin}/f`);
  await page.addScriptTag({ url: '/uppy-test.js' });
  const result = await page.evaluate(uppyUploads, `${base}/tus`);
  const { urls, ...counts } = result;
  ended.push(...urls);
  assert.deepEqual(counts, { ok: 3, failed: 0, breaks: 9 });
  assert.equal(created, 3, 'an upload was begun twice: what was asked about it was refused');
  const entries = await list(base);
  assert.equal(entries.length, 3);
  for (const e of entries) {
    const bytes = await content(base, e.id);
    assert.ok(bytes.length === 1_500_000 && bytes.every((b, i) => b === (i + Number(e.name.at(-5))) % 251), e.name);
  }
});

/** In a page: uploads three files, each of which is broken off three times. */
async function uppyUploads(endpoint) {
  const uppy = new window.Uppy({ autoProceed: false }).use(window.UppyTus, { endpoint, chunkSize: 100_000, retryDelays: [50, 100, 500] });
  const size = 1_500_000;
  for (let i = 0; i < 3; i++) uppy.addFile({ name: `uppy-${i}.bin`, type: 'application/octet-stream', data: new Blob([Uint8Array.from({ length: size }, (_, at) => (at + i) % 251)]) });
  const left = new Map(uppy.getFiles().map((f) => [f.id, { breaks: 3, next: Math.random() * size / 4 }]));
  let breaks = 0;
  uppy.on('upload-progress', (file, progress) => {
    const one = left.get(file.id);
    if (one.breaks === 0 || !progress.bytesUploaded || progress.bytesUploaded < one.next) return;
    one.breaks--;
    one.next = progress.bytesUploaded + Math.random() * (size - progress.bytesUploaded) / 4;
    breaks++;
    uppy.pauseResume(file.id);
    setTimeout(() => uppy.pauseResume(file.id), Math.random() * 200);
  });
  const done = await uppy.upload();
  return { ok: done.successful.length, failed: done.failed.length, breaks, urls: done.successful.map((f) => f.uploadURL) };
}

async function bundleUppy() {
  const { execFileSync } = await import('node:child_process');
  return execFileSync('go', ['run', './e2e/bundle', 'import { Uppy } from "@uppy/core"; import Tus from "@uppy/tus"; window.Uppy = Uppy; window.UppyTus = Tus;'],
    { cwd: path.resolve(import.meta.dirname, '..'), maxBuffer: 64 << 20 });
}

// What a client began, lost the answer about and began anew stays until it expires; that files/tus_test.go shows.
test('nothing is left over of what has ended', async () => {
  const names = ended.map((url) => url.split('/').at(-1));
  assert.ok(names.length >= 10 && names.every((n) => /^[\w-]{22}$/.test(n)), String(ended));
  await until('no partial file', async () => !(await fs.readdir(path.join(server.data, 'files/partial'))).some((n) => names.includes(n)));
});
