// Fifteen people type at five keystrokes a second for SECONDS (20) in one pad: our server, and y-websocket's own with its
// LevelDB, each as a process on this machine, one after the other. Prints the table of docs/performance.md; with --write it
// puts it there. `make bench` calls it. y-websocket's server is fetched from npm into a folder of its own, YWEBSOCKET if set;
// Etherpad is measured, too, if it can be installed from npm (minutes, the first time): into ETHERPAD, and not if that is "". TABLEE (bin/tablee) are the programs to measure, separated by commas.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { Writer, install, settings } from './bench-etherpad.mjs';

const root = new URL('..', import.meta.url).pathname;
const e2e = createRequire(`${root}e2e/package.json`);
const WS = e2e('ws');
const Y = e2e('yjs');
const { WebsocketProvider } = e2e('y-websocket');
const seconds = Number(process.env.SECONDS ?? 20);
const writers = 15;
const perSecond = 5;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const scratch = fs.mkdtempSync(path.join(root, 'bench-pads-')); // on the disk, which /tmp need not be
const children = [];

function end() {
  children.forEach((c) => c.kill('SIGKILL'));
  fs.rmSync(scratch, { recursive: true, force: true });
}
process.setMaxListeners(0); // each client listens for the end
process.on('exit', end);
process.on('SIGINT', () => process.exit(130));

const freePort = () => new Promise((done) => {
  const s = net.createServer().listen(0, 'localhost', () => { const { port } = s.address(); s.close(() => done(port)); });
});

async function run(command, args, options, port) {
  const child = spawn(command, args, { stdio: 'ignore', ...options });
  children.push(child);
  for (let n = 0; ; n++) {
    try { await fetch(`http://localhost:${port}/`); return child; } catch { if (n > 900) throw new Error(`${command} does not come up`); }
    await pause(100);
  }
}

function usage(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const io = Object.fromEntries(fs.readFileSync(`/proc/${pid}/io`, 'utf8').trim().split('\n').map((l) => l.split(': ')));
  const rss = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return { cpu: (Number(stat[11]) + Number(stat[12])) / 100, written: Number(io.write_bytes), rss: Number(rss) };
}

function connect(url, name, params) {
  const doc = new Y.Doc();
  return { doc, text: doc.getText('text'), provider: new WebsocketProvider(url, name, doc, { WebSocketPolyfill: WS, disableBc: true, params }) };
}
const synced = async (clients) => { while (!clients.every((c) => c.provider.synced)) await pause(20); };

/** Measures a server. The latency of every keystroke is taken, from its making to its arrival at the first client. */
async function measure(name, child, url, params, pad) {
  const clients = Array.from({ length: writers }, () => connect(url, pad, params));
  await synced(clients);
  const sent = new Map(); // by Yjs client id: [clock after it, when]
  const took = [];
  clients.slice(1).forEach((c) => sent.set(c.doc.clientID, []));
  clients[0].doc.on('afterTransaction', (tr) => {
    for (const [id, clock] of tr.afterState) {
      const list = sent.get(id);
      while (list?.length && list[0][0] <= clock) took.push(performance.now() - list.shift()[1]);
    }
  });
  const line = await type(name, child, took, (n) => {
    const c = clients[n % writers];
    const at = performance.now();
    sent.get(c.doc.clientID)?.push([Y.getState(c.doc.store, c.doc.clientID) + 1, at]);
    c.text.insert(c.text.length, 'e');
  });
  clients.forEach((c) => { c.provider.destroy(); c.provider.awareness.destroy(); });
  return line;
}

/** Has key called for each keystroke and makes a line of the table of what the server took and how long the edits did. */
async function type(name, child, took, key) {
  const before = usage(child.pid);
  const start = performance.now();
  let keys = 0;
  while (performance.now() < start + seconds * 1000) {
    key(keys++);
    await pause(Math.max(0, start + (keys * 1000) / (writers * perSecond) - performance.now()));
  }
  await pause(1000);
  const after = usage(child.pid);
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.floor(took.length * share)].toFixed(1);
  return `| ${[name, (100 * (after.cpu - before.cpu) / seconds).toFixed(1), Math.round((after.written - before.written) / keys),
    `${at(0.5)} ms`, `${at(0.99)} ms`, `${Math.round(after.rss / 1024)} MiB`].join(' | ')} |`;
}

/** Measures Etherpad: its edits are those of a writer's that the server has told the first one of. */
async function measureEtherpad(folder) {
  const { cwd, connect: dial } = install(folder);
  const port = await freePort();
  const child = await run('node', settings(path.join(scratch, 'etherpad.json'), port, path.join(scratch, 'dirty.db')), { cwd, env: { ...process.env, NODE_ENV: 'production' } }, port);
  const sent = new Map(); // by author: when
  const took = [];
  const all = Array.from({ length: writers }, (_, i) => new Writer(dial, `http://localhost:${port}/`, 'bench', (author, n) => {
    if (i === 0) for (let k = 0; k < n; k++) took.push(performance.now() - sent.get(author).shift());
  }));
  for (const w of all) {
    await w.ready;
    sent.set(w.author, []);
  }
  const line = await type('Etherpad 1.8.14 with dirty', child, took, (n) => {
    const w = all[n % writers];
    if (w !== all[0]) sent.get(w.author).push(performance.now());
    w.type();
  });
  all.forEach((w) => w.socket.close());
  child.kill();
  return line;
}

const lines = [];
const say = (line) => { console.log(line); lines.push(line); };
say(`Measured on ${new Date().toISOString().slice(0, 10)} with ${os.cpus().length} × ${os.cpus()[0].model}, Node ${process.versions.node}, for ${seconds} s each; the load average was ${os.loadavg()[0].toFixed(1)}.\n`);
say('| | CPU, % of one core | bytes to the disk a keystroke | median of an edit | p99 | RSS |\n|---|---|---|---|---|---|');
const memory = [];
for (const program of (process.env.TABLEE ?? `${root}bin/tablee`).split(',')) {
  const port = await freePort();
  const data = path.join(scratch, `data-${port}`);
  const child = await run(program, ['serve', '--data', data, '--listen', `localhost:${port}`, '--media-port', '0'], {}, port);
  const make = async () => (await fetch(`http://localhost:${port}/api/v1/pads`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json();
  const url = `ws://localhost:${port}/ws/pad`;
  const { pad, links } = await make();
  say(await measure(path.basename(program), child, url, { access: links.write }, pad.id));
  const before = usage(child.pid).rss;
  const open = [];
  for (let n = 0; n < 25; n++) {
    const made = await make();
    const c = connect(url, made.pad.id, { access: made.links.write });
    c.text.insert(0, 'x'.repeat(100));
    open.push(c);
  }
  await synced(open);
  await pause(2000);
  memory.push(`An open pad with one connection takes ${((usage(child.pid).rss - before) / open.length).toFixed(0)} KiB of RSS; one that nobody has open, nothing.`);
  open.forEach((c) => { c.provider.destroy(); c.provider.awareness.destroy(); });
  child.kill();
}
const theirs = process.env.YWEBSOCKET ?? path.join(os.tmpdir(), 'bench-y-websocket');
if (!fs.existsSync(`${theirs}/node_modules/y-websocket`)) {
  fs.mkdirSync(theirs, { recursive: true });
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', 'y-websocket@2.1.0', 'yjs@13.6.27'], { cwd: theirs });
}
const port = await freePort();
const child = await run('node', ['node_modules/y-websocket/bin/server.cjs'], { cwd: theirs, env: { ...process.env, HOST: 'localhost', PORT: String(port), YPERSISTENCE: path.join(scratch, 'level') } }, port);
say(await measure('y-websocket 2.1 with LevelDB', child, `ws://localhost:${port}`, {}, 'pad'));
const etherpad = process.env.ETHERPAD ?? path.join(os.tmpdir(), 'bench-etherpad');
if (etherpad) {
  try { say(await measureEtherpad(path.resolve(etherpad))); } catch (e) { console.error(`Etherpad is left out: ${e.message}`); }
}
say(`\n${memory[0]}`);
if (process.argv.includes('--write')) {
  const page = `${root}docs/performance.md`;
  const was = fs.readFileSync(page, 'utf8');
  fs.writeFileSync(page, was.replace(/<!-- pads -->\n[^]*?<!-- \/pads -->/, () => `<!-- pads -->\n${lines.join('\n')}\n<!-- /pads -->`));
}
process.exit(0);
