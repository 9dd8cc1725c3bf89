// Fifteen people type at five keystrokes a second for SECONDS (20) in one pad: our server, and y-websocket's own with its
// LevelDB, each as a process on this machine. Prints a table. Run by hand: node scripts/bench-pads.mjs FOLDER, where FOLDER is
// one in which `npm i y-websocket@2.1.0 yjs@13.6.33` was run, and bin/tablee was built.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';

const e2e = createRequire(new URL('../e2e/package.json', import.meta.url));
const WS = e2e('ws');
const Y = e2e('yjs');
const { WebsocketProvider } = e2e('y-websocket');
const seconds = Number(process.env.SECONDS ?? 20);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function usage(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const io = Object.fromEntries(fs.readFileSync(`/proc/${pid}/io`, 'utf8').trim().split('\n').map((l) => l.split(': ')));
  const rss = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return { cpu: (Number(stat[11]) + Number(stat[12])) / 100, written: Number(io.write_bytes), rss: Number(rss) };
}

async function measure(name, child, url, params, room, more) {
  const clients = Array.from({ length: 15 }, () => {
    const doc = new Y.Doc();
    return { doc, text: doc.getText('text'), provider: new WebsocketProvider(url, room, doc, { WebSocketPolyfill: WS, disableBc: true, params }) };
  });
  while (!clients.every((c) => c.provider.synced)) await pause(20);
  const sent = new Map();
  const took = [];
  clients.forEach((c, k) => c.doc.on('update', (u, origin) => {
    if (origin !== c.provider || k !== 0) return;
    for (const [key, at] of sent) if (c.text.toString().includes(key)) { took.push(performance.now() - at); sent.delete(key); }
  }));
  const before = usage(child.pid);
  let keys = 0;
  const end = performance.now() + seconds * 1000;
  let n = 0;
  while (performance.now() < end) {
    for (const [k, c] of clients.entries()) {
      if (k === 1 && n % 5 === 0) { const key = `<${n}>`; sent.set(key, performance.now()); c.text.insert(0, key); } else c.text.insert(c.text.length, 'e');
      keys++;
      await pause(200 / 15);
    }
    n++;
  }
  await pause(1000);
  const after = usage(child.pid);
  took.sort((a, b) => a - b);
  const row = [name, (100 * (after.cpu - before.cpu) / seconds).toFixed(1), Math.round((after.written - before.written) / keys),
    took[Math.floor(took.length / 2)].toFixed(1), took[Math.floor(took.length * 0.99)].toFixed(1), Math.round(after.rss / 1024)];
  clients.forEach((c) => c.provider.destroy());
  row.push(more ? await more(child) : '');
  console.log(`| ${row.join(' | ')} |`);
}

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'pads-'));
const ours = spawn(new URL('../bin/tablee', import.meta.url).pathname, ['serve', '--data', data, '--listen', 'localhost:9921', '--media-port', '0'], { stdio: 'ignore' });
const theirs = spawn('node', ['node_modules/y-websocket/bin/server.cjs'], { cwd: process.argv[2], stdio: 'ignore', env: { ...process.env, HOST: 'localhost', PORT: '9922', YPERSISTENCE: path.join(data, 'level') } });
await pause(2500);
const make = async () => (await fetch('http://localhost:9921/api/v1/pads', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json();
console.log('| | CPU, % of one core | bytes to the disk a keystroke | median, ms | p99, ms | RSS, MiB | |\n|---|---|---|---|---|---|---|');
const { pad, links } = await make();
await measure('tablee', ours, 'ws://localhost:9921/ws/pad', { access: links.write }, pad.id);
await measure('y-websocket 2.1 with LevelDB', theirs, 'ws://localhost:9922', {}, 'pad');

// Memory of open pads: one connection each, 100 characters.
const before = usage(ours.pid).rss;
const open = [];
for (let i = 0; i < 25; i++) {
  const m = await make();
  const doc = new Y.Doc();
  open.push(new WebsocketProvider('ws://localhost:9921/ws/pad', m.pad.id, doc, { WebSocketPolyfill: WS, disableBc: true, params: { access: m.links.write } }));
  doc.getText('text').insert(0, 'x'.repeat(100));
}
while (!open.every((p) => p.synced)) await pause(20);
await pause(2000);
console.log(`one open pad with one connection: ${((usage(ours.pid).rss - before) / open.length).toFixed(0)} KiB of RSS`);
ours.kill();
theirs.kill();
process.exit(0);
