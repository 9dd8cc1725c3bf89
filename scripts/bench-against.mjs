// What forwarding a packet costs, beside an earlier commit, both built here and run in turns:
//
//   node scripts/bench-against.mjs COMMIT [TURNS] [--meetings]
//
// routing alone (BenchmarkRoute14, and BenchmarkRouteNumbered14 where the commit has it), and the whole way from socket to
// socket, encryption and the test's own guests included (BenchmarkForward14). Others may be at work on the machine: what
// counts is the best of many pieces of a few milliseconds at most, some of which nobody interrupts. With --meetings also each
// server's own CPU time in meetings of the load test, one to fourteen on one core; that needs a machine with nothing else on it,
// as a server that is kept waiting handles more packets at once. Ratios are the median of TURNS (10) turns.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const [commit, turns = '10'] = process.argv.slice(2).filter((a) => a !== '--meetings');
if (!commit) {
  console.error('usage: node scripts/bench-against.mjs COMMIT [TURNS] [--meetings]');
  process.exit(2);
}
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-against-'));
let server;
process.on('exit', () => { server?.kill('SIGKILL'); fs.rmSync(scratch, { recursive: true, force: true }); });
process.on('SIGINT', () => process.exit(130));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];

function build(name, from) {
  const side = { name, from, test: path.join(scratch, `${name}.test`), serve: path.join(scratch, name) };
  execFileSync('go', ['test', '-c', '-o', side.test, './sfu'], { cwd: from, stdio: 'inherit' });
  execFileSync('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', side.serve, './cmd/tablee'], { cwd: from, stdio: 'inherit' });
  return side;
}

/** The best of so many pieces, in nanoseconds for each packet forwarded; NaN where there is no such benchmark. */
function best(side, benchmark, pieces, rounds, ...more) {
  const args = ['-test.run', '^$', '-test.bench', `^${benchmark}$`, '-test.benchtime', `${rounds}x`, '-test.count', `${pieces}`, ...more];
  const bench = () => spawnSync(side.test, args, { cwd: path.join(side.from, 'sfu'), encoding: 'utf8' });
  let out = bench().stdout;
  for (let again = 0; again < 3 && out.includes('--- FAIL'); again++) out = bench().stdout; // on a busy machine its meeting may not come about
  return Math.min(...[...out.matchAll(/([\d.]+) ns\/forwarded/g)].map((m) => Number(m[1])), out.includes('ns/forwarded') ? Infinity : NaN);
}

const freePort = () => new Promise((done) => {
  const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); });
});

/** The server's CPU time for each packet that a receiver got, in nanoseconds. Today's load test measures both servers. */
async function meet(side, scenario, loadtest) {
  const port = await freePort();
  const data = path.join(scratch, 'data'), report = path.join(scratch, 'report.json');
  server = spawn(side.serve, ['serve', '--data', data, '--listen', `localhost:${port}`, '--media-port', '0'], { stdio: 'ignore', env: { ...process.env, GOMAXPROCS: '1' } });
  for (let n = 0; ; n++) {
    try { if ((await fetch(`http://localhost:${port}/healthz`)).ok) break; } catch { /* not yet */ }
    if (n > 100) throw new Error(`the server of ${side.name} does not come up`);
    await pause(100);
  }
  const args = ['loadtest', '--scenario', scenario, '--participants', '15', '--duration', '5s', '--json', report, `http://localhost:${port}/r/bench`];
  const ran = spawnSync(loadtest, args, { encoding: 'utf8', timeout: 100_000 });
  const ended = new Promise((done) => server.once('exit', done));
  server.kill();
  await ended;
  server = undefined;
  fs.rmSync(data, { recursive: true, force: true });
  if (ran.status > 1) throw new Error(ran.stdout + ran.stderr); // 1 is a bar that a busy machine does not meet
  return JSON.parse(fs.readFileSync(report, 'utf8')).server.cpu_us_per_packet * 1000;
}

const then = path.join(scratch, 'then');
fs.mkdirSync(then);
execFileSync('sh', ['-c', 'git archive "$1" | tar x -C "$2"', 'sh', commit, then], { cwd: root });
const before = build('before', then), now = build('now', root);
const measures = [
  ['routing alone', (s) => best(s, 'BenchmarkRoute14', 200, 500, '-test.cpu', '1')],
  ['routing alone, numbered', (s) => best(s, 'BenchmarkRouteNumbered14', 200, 500, '-test.cpu', '1')],
  ['the whole way', (s) => best(s, 'BenchmarkForward14', 15, 5)],
];
if (process.argv.includes('--meetings')) {
  measures.push(['a meeting, in bursts of 8', (s) => meet(s, 'fanout', now.serve)], ['a meeting, one by one', (s) => meet(s, 'trickle', now.serve)]);
}
console.log(`${os.cpus().length} × ${os.cpus()[0].model}, load average ${os.loadavg()[0].toFixed(1)}; ${commit} · now, ${turns} turns\n`);
console.log('| | ns per forwarded packet, best | ratio of the best | median of the ratios |\n| --- | --- | --- | --- |');
for (const [name, take] of measures) {
  const was = [], is = [];
  for (let turn = 0; turn < Number(turns); turn++) {
    was.push(await take(before));
    is.push(await take(now));
    if (Number.isNaN(was[0])) break; // the commit has no such benchmark
  }
  const low = [Math.min(...was), Math.min(...is)];
  const ratio = Number.isNaN(low[0]) ? '– | –' : `${(low[1] / low[0]).toFixed(2)} | ${median(is.map((x, i) => x / was[i])).toFixed(2)}`;
  console.log(`| ${name} | ${Number.isNaN(low[0]) ? '–' : low[0].toFixed(0)} · ${low[1].toFixed(0)} | ${ratio} |`);
}
