// Fifteen people send files while fifteen meet, over one line: `make proof-uploads`, or
// `node scripts/proof-uploads.mjs [KBIT [SECONDS]]` (30000 kbit/s each way, 40 s a meeting). The server is behind a line of that
// rate with a queue of 300 ms, in a network namespace of its own (root, or user namespaces; `tc`), and is told that it has four
// fifths of it (media.uplink). The people are the load test's, the files go by tus-js-client. Three meetings: without files;
// with them, as Tablée is set when it knows the line; and with them and nothing that holds them up. Prints a table for
// docs/files.md; status 1 when the second one was noticed.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { Cable, HOME } from '../e2e/lib/far.mjs';
import { BINARY, Server, freePort } from '../e2e/lib/server.mjs';

const tus = createRequire(new URL('../e2e/package.json', import.meta.url))('tus-js-client');
const KBIT = Number(process.argv[2] ?? 30_000);
const SECONDS = Number(process.argv[3] ?? 40);
const PEOPLE = 15;
/** Bytes of each file: more than the whole line carries meanwhile. */
const SIZE = Math.ceil((KBIT * 1000 * SECONDS * 1.5) / 8 / PEOPLE);
const CHUNK = 256 << 10;

if (!process.env.FAR) {
  const child = spawn('unshare', [process.getuid() === 0 ? '-n' : '-rn', process.execPath, ...process.argv.slice(1)], { env: { ...process.env, FAR: '1' }, stdio: 'inherit' });
  child.on('exit', (code) => process.exit(code ?? 1));
} else {
  process.exit(await far());
}

/** Starts an upload that goes on until it is stopped. acked is what the server has said that it has. */
function send(base, i, content) {
  const one = { acked: 0, errors: 0 };
  const upload = new tus.Upload(content, {
    endpoint: `${base}/tus`, chunkSize: CHUNK, metadata: { filename: `file-${i}` }, retryDelays: Array(100).fill(500),
    onShouldRetry: () => { one.errors++; return true; },
    onError: (e) => { one.failed = e; },
    onChunkComplete: (_, sent) => { one.acked = sent; },
  });
  upload.start();
  one.stop = () => upload.abort();
  return one;
}

/** A meeting, and what became of it and of the files that were sent meanwhile. */
async function meet(cable, name, { files, options }) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tablee-uploads-'));
  const server = await Server.start(['--files-drop-quota', '100000', '--files-quota', '100000', ...options], await cable.lead(await freePort()));
  cable.carries(KBIT, { up: true });
  try {
    const url = `http://${HOME}:${server.port}`;
    const report = path.join(dir, 'report.json');
    const test = spawn(BINARY, ['loadtest', '--participants', String(PEOPLE), '--duration', `${SECONDS}s`, '--json', report, `${url}/r/uploads`], { stdio: ['ignore', 'pipe', 'inherit'] });
    test.stdout.resume();
    const ended = new Promise((done) => test.on('exit', done));
    let sending = [];
    const begun = Date.now();
    if (files) {
      const drop = await (await fetch(`${url}/api/v1/drops`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json();
      const content = crypto.randomBytes(SIZE);
      sending = Array.from({ length: PEOPLE }, (_, i) => send(`${url}/api/v1/drops/${drop.manage}/files`, i, content));
    }
    await ended;
    const acked = sending.map((s) => s.acked);
    const seconds = (Date.now() - begun) / 1000;
    await Promise.all(sending.map((s) => s.stop()));
    const failed = sending.find((s) => s.failed)?.failed;
    if (failed) throw failed;
    return { name, ...JSON.parse(fs.readFileSync(report, 'utf8')), acked, errors: sending.reduce((n, s) => n + s.errors, 0), seconds };
  } finally {
    cable.carries(0);
    cable.door.close();
    await server.close();
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

async function far() {
  const cable = await Cable.lay();
  const known = ['--media-uplink', String(Math.round(KBIT * 0.8))];
  const meetings = [];
  try {
    for (const [name, how] of [
      ['no files', { files: false, options: known }],
      ['fifteen uploads', { files: true, options: known }],
      ['fifteen uploads that nothing holds up', { files: true, options: ['--files-meeting-rate', '0'] }],
    ]) meetings.push(await meet(cable, name, how));
  } finally {
    cable.close();
  }
  console.log(`| ${KBIT / 1000} Mbit/s, ${SECONDS} s | gaps in voices | longest, ms | voices lost, % | unheard | latency p50 / p99, ms | pictures frozen, % | files, kbit/s | of each, kB |\n|---|---|---|---|---|---|---|---|---|`);
  for (const m of meetings) {
    const total = m.acked.reduce((a, b) => a + b, 0);
    console.log(`| ${m.name} | ${m.audio_gaps} | ${Math.round(Math.max(...m.people.map((p) => p.audio_gap_ms_max)))} | ${m.voice_loss_percent.toFixed(2)} | ${m.spurts_unheard} of ${m.spurts_expected} | ${
      Math.round(m.latency_ms.p50)} / ${Math.round(m.latency_ms.p99)} | ${m.frozen_percent.toFixed(2)} | ${Math.round((total * 8) / 1000 / m.seconds)} | ${
      m.acked.length ? `${Math.round(Math.min(...m.acked) / 1000)} to ${Math.round(Math.max(...m.acked) / 1000)}` : '–'} |`);
  }
  const [without, m] = meetings; // gaps that a busy machine makes are there without files, too
  const noticed = m.joined !== PEOPLE || m.spurts_unheard > 0 || m.tracks_silent > 0 || m.voice_loss_percent > 0 || m.errors > 0
    || Math.min(...m.acked) === 0 || m.audio_gaps > 10 + 2 * without.audio_gaps;
  if (noticed) console.error('the meeting noticed the uploads, or an upload stood still');
  return noticed ? 1 : 0;
}
