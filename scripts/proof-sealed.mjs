// A large file, encrypted in Chromium and opened in Firefox, and the other way round, with the memory of browsers and server
// watched: `make proof-sealed`, or `node scripts/proof-sealed.mjs [MiB [chromium|firefox]]` (who encrypts; both when not
// said; 2048 MiB take about five minutes). Prints a table for docs/files.md, and ends with status 1 when a file is not what
// was sent, or the memory of anybody grew by more than MOST. It needs five times the file's size on the disk of TMPDIR.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Scene } from '../e2e/lib/scene.mjs';
import { give, hashOf, randomFile, take } from '../e2e/lib/sealed.mjs';

const MIB = Number(process.argv[2] ?? 2048);
const GIVERS = process.argv[3] ? [process.argv[3]] : ['chromium', 'firefox'];
/** MiB that a browser with all its processes may grow by, the loading of the page included, and the server. */
const MOST = { browser: 600, server: 50 };
const LOOK_MS = 250;
const NAME = 'sealed.bin';

/** All processes below one, by their parents. */
function below(root) {
  const children = new Map();
  for (const pid of fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      const parent = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1];
      children.set(parent, [...(children.get(parent) ?? []), pid]);
    } catch { /* it has ended */ }
  }
  const found = [];
  for (const todo = [String(root)]; todo.length > 0;) for (const c of children.get(todo.pop()) ?? []) found.push(c), todo.push(c);
  return found;
}

/** What a process has in memory, in MiB; pages that it shares are shared out (PSS). */
function memory(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1024;
  } catch {
    return 0; // it has ended
  }
}

/** Watches memory while work goes on: what it was before, and what it was at most. */
async function watched(server, work) {
  const look = () => ({ browser: below(process.pid).filter((p) => Number(p) !== server).reduce((sum, p) => sum + memory(p), 0), server: memory(server) });
  const before = look();
  const most = { ...before };
  const timer = setInterval(() => {
    const now = look();
    for (const who of ['browser', 'server']) most[who] = Math.max(most[who], now[who]);
  }, LOOK_MS);
  const begun = Date.now();
  try {
    const result = await work();
    return { result, before, most, seconds: (Date.now() - begun) / 1000 };
  } finally {
    clearInterval(timer);
  }
}

const rows = [];
let failed = false;
function note(who, what, w) {
  rows.push(`| ${who} | ${what} | ${Math.round(w.seconds)} | ${(MIB / w.seconds).toFixed(0)} | ${Math.round(w.before.browser)} → ${Math.round(w.most.browser)} | ${Math.round(w.before.server)} → ${Math.round(w.most.server)} |`);
  console.error(rows.at(-1));
  for (const one of ['browser', 'server']) {
    if (w.most[one] - w.before[one] <= MOST[one]) continue;
    console.error(`${what} in ${who}: the memory of the ${one} grew by ${Math.round(w.most[one] - w.before[one])} MiB`);
    failed = true;
  }
}

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tablee-proof-'));
const downloads = path.join(dir, 'downloads');
fs.mkdirSync(downloads);
const scene = await new Scene().open(['--files-meeting-rate', '0', '--files-drop-quota', String(3 * MIB), '--files-quota', String(6 * MIB)]);
try {
  const sent = path.join(dir, NAME);
  const hash = randomFile(sent, MIB);
  const person = (name, kind) => scene.visitor(name, {
    browser: kind === 'firefox' ? { firefox: true, alone: true, downloads, own: name } : { own: name, profile: path.join(dir, name) },
  });
  const leave = async (v) => {
    scene.forget(v);
    await v.home.close();
  };
  for (const giver of GIVERS) {
    const taker = giver === 'firefox' ? 'chromium' : 'firefox';
    const ada = await person(`${giver}-up`, giver);
    const up = await watched(scene.server.pid, () => give(ada, sent, MIB));
    note(giver, 'encrypt and send', up);
    await leave(ada);
    const bo = await person(`${taker}-down`, taker);
    const down = await watched(scene.server.pid, () => take(bo, up.result, NAME, MIB, downloads));
    await leave(bo);
    note(taker, 'fetch, decrypt and save', down);
    if (await hashOf(down.result) !== hash) {
      console.error(`what ${taker} saved is not what ${giver} sent`);
      failed = true;
    }
    fs.rmSync(down.result);
  }
} finally {
  await scene.close();
  fs.rmSync(dir, { recursive: true, force: true });
}
console.log(`| Browser | ${MIB} MiB | s | MiB/s | memory of the browser, MiB | of the server, MiB |\n|---|---|---|---|---|---|\n${rows.join('\n')}`);
process.exit(failed ? 1 : 0);
