// Throughput and CPU per gigabyte of files: Tablée beside nginx (downloads) and rclone serve webdav, on this machine, by
// curl over the loopback. `node scripts/bench-files.mjs [MiB]` prints a table for docs/performance.md; 2048 by default.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const MIB = Number(process.argv[2] ?? 2048);
const GIB = MIB / 1024;
const dir = fs.mkdtempSync(path.join(process.env.TMPDIR ?? os.tmpdir(), 'tablee-bench-'));
const big = path.join(dir, 'served', 'big.bin');
fs.mkdirSync(path.dirname(big));
execFileSync('dd', ['if=/dev/urandom', `of=${big}`, 'bs=1M', `count=${MIB}`, 'status=none']);

const freePort = () => new Promise((done) => {
  const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); });
});

/** CPU seconds and the largest memory (MiB) of a process and its children so far. */
function costs(pid) {
  const children = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n').filter(Boolean);
  return [pid, ...children].map(read).reduce((a, b) => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory }));
}
function read(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const peak = /VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { cpu: (Number(stat[11]) + Number(stat[12])) / 100, memory: Number(peak?.[1] ?? 0) / 1024 };
}
const safe = (pid) => { try { return costs(pid); } catch { return read(pid); } };

const rows = [];
async function measure(name, what, pid, args) {
  const before = safe(pid);
  const seconds = Number(execFileSync('curl', ['-sS', '--fail', '-o', '/dev/null', '-w', '%{time_total}', ...args], { encoding: 'utf8', maxBuffer: 1 << 20 }));
  const after = safe(pid);
  rows.push(`| ${name} | ${what} | ${Math.round(MIB / seconds)} | ${((after.cpu - before.cpu) / GIB).toFixed(2)} | ${Math.round(after.memory)} |`);
}

async function ready(url) {
  for (let i = 0; i < 300; i++) {
    try { await fetch(url); return; } catch { await new Promise((done) => setTimeout(done, 100)); }
  }
  throw new Error(`${url} does not answer`);
}

const started = [];
const start = (command, args) => { const p = spawn(command, args, { stdio: 'ignore' }); started.push(p); return p; };
try {
  const port = await freePort();
  const t = start('bin/tablee', ['serve', '--listen', `127.0.0.1:${port}`, '--media-port', '0', '--data', path.join(dir, 'data'), '--files-drop-quota', '100000', '--files-quota', '100000']);
  await ready(`http://127.0.0.1:${port}/healthz`);
  const drop = await (await fetch(`http://127.0.0.1:${port}/api/v1/drops`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json();
  const base = `http://127.0.0.1:${port}/api/v1/drops/${drop.manage}/files`;
  await measure('Tablée', 'upload', t.pid, ['-X', 'POST', '-H', 'Expect:', '-T', big, `${base}/upload?name=big.bin`]);
  const id = (await (await fetch(base)).json()).entries[0].id;
  await measure('Tablée', 'download', t.pid, [`${base}/${id}/content`]);

  const nginx = await freePort();
  fs.writeFileSync(path.join(dir, 'nginx.conf'), `daemon off; pid ${dir}/nginx.pid; error_log /dev/null; user root; events {} http { access_log off; sendfile on; server { listen 127.0.0.1:${nginx}; root ${path.dirname(big)}; } }`);
  const n = start('nginx', ['-p', dir, '-c', path.join(dir, 'nginx.conf')]);
  await ready(`http://127.0.0.1:${nginx}/`);
  await measure('nginx', 'download', n.pid, [`http://127.0.0.1:${nginx}/big.bin`]);

  const rclone = await freePort();
  const r = start('rclone', ['serve', 'webdav', path.dirname(big), '--addr', `127.0.0.1:${rclone}`, '--config', '/dev/null']);
  await ready(`http://127.0.0.1:${rclone}/`);
  await measure('rclone serve webdav', 'upload', r.pid, ['-H', 'Expect:', '-T', big, `http://127.0.0.1:${rclone}/copy.bin`]);
  await measure('rclone serve webdav', 'download', r.pid, [`http://127.0.0.1:${rclone}/big.bin`]);
} finally {
  for (const p of started) p.kill();
  fs.rmSync(dir, { recursive: true, force: true });
}
console.log(`| Server | ${MIB} MiB | MiB/s | CPU s per GiB | peak memory, MiB |\n|---|---|---|---|---|\n${rows.join('\n')}`);
