// One real Chromium in one network namespace: node visit.mjs ORIGIN ROOM NAME OTHERS POLICY. It joins, waits until it sees
// and hears OTHERS people, says by which way its media go as a line of JSON, and stays until its input ends. POLICY "relay"
// leaves it the relay only. Lines of its input are wishes, each answered by a line of JSON:
//   moved ADDRESS  its media go to the server at ADDRESS; after how many ms they did
//   meets          it sees and hears everybody (again)
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { hears, sees } from '../lib/media.mjs';
import { until } from '../lib/until.mjs';
import { Visitor } from '../lib/visitor.mjs';

const PATIENCE = 60_000; // ms: three browsers start at once on two cores
const [origin, room, name, others, policy] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--mute-audio',
    '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required',
    // The house's own authority is not in Chromium's store; that it is checked at all is shown by others.
    '--ignore-certificate-errors',
  ],
});
const page = await (await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 720, height: 540 } })).newPage();
await page.addInitScript((iceTransportPolicy) => {
  const Native = window.RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Native {
    constructor(configuration = {}) {
      super(iceTransportPolicy ? { ...configuration, iceTransportPolicy } : configuration);
      window.connections.push(this);
    }
  };
}, policy ?? '');
const visitor = new Visitor({ name, origin, page, kind: 'chromium', home: null });
await visitor.goto(`/r/${room}`);
const line = policy ? '' : (await visitor.shown('line'))['data-line']; // takes long where datagrams vanish
await visitor.passPrejoin();

/** Sees and hears so many others. */
async function meets() {
  const met = await until(`${name} is with ${others} others`, async () => {
    const s = await visitor.state();
    const there = s.members.filter((m) => m.id !== s.me && !m.away).map((m) => m.id);
    return there.length >= Number(others) ? there.slice(0, Number(others)) : null;
  }, PATIENCE);
  for (const id of met) await sees(visitor, id, 'camera', PATIENCE);
  await hears(visitor, met, PATIENCE);
}

/** By which way media go, and how many bytes have come. */
const way = () => page.evaluate(async () => {
  const pc = window.connections.findLast((c) => c.connectionState === 'connected');
  if (!pc) return null;
  const all = new Map();
  (await pc.getStats()).forEach((r) => all.set(r.id, r));
  const transport = [...all.values()].find((r) => r.type === 'transport' && r.selectedCandidatePairId);
  const pair = all.get(transport?.selectedCandidatePairId);
  const local = all.get(pair?.localCandidateId);
  if (!local) return null;
  return { type: local.candidateType, protocol: local.protocol, relay: local.relayProtocol ?? '', remote: all.get(pair.remoteCandidateId)?.address ?? '', received: pair.bytesReceived };
});

/** Waits until media come from the server at that address. */
async function moved(address) {
  const begin = performance.now();
  let before = null;
  await until(`${name} reaches ${address}`, async () => {
    const now = await way();
    if (!now) return false;
    const comes = before && before.remote === now.remote && now.received > before.received;
    before = now;
    if (!comes || now.remote !== address) throw new Error(JSON.stringify(now));
    return true;
  }, PATIENCE);
  return Math.round(performance.now() - begin);
}

await meets();
console.log(JSON.stringify({ line, ...(await until(`${name} has a way`, way)) }));
for await (const wish of createInterface({ input: process.stdin })) {
  const [what, address] = wish.split(' ');
  if (what === 'moved') console.log(JSON.stringify({ ms: await moved(address) }));
  if (what === 'meets') {
    await meets();
    console.log(JSON.stringify(await until(`${name} has a way`, way)));
  }
}
await browser.close();
