// One real Chromium in one network namespace: node visit.mjs ORIGIN ROOM NAME OTHERS. It joins, waits until it sees and
// hears OTHERS people, says by which way its media go as a line of JSON, and stays until its input ends.
import { chromium } from 'playwright-core';
import { hears, sees } from '../lib/media.mjs';
import { until } from '../lib/until.mjs';
import { Visitor } from '../lib/visitor.mjs';

const [origin, room, name, others] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--mute-audio',
    '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required',
    // The house's own authority is not in Chromium's store; that it is checked at all is shown by others.
    '--ignore-certificate-errors',
    // Names for the relay over UDP are asked of name servers, which this Internet has none of.
    '--host-resolver-rules=MAP lan.meet.test 192.168.1.10, MAP meet.test 203.0.113.10'],
});
const page = await (await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 720, height: 540 } })).newPage();
await page.addInitScript(() => {
  const Native = window.RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Native {
    constructor(...a) {
      super(...a);
      window.connections.push(this);
    }
  };
});
const visitor = new Visitor({ name, origin, page, kind: 'chromium', home: null });
await visitor.goto(`/r/${room}`);
const line = (await visitor.shown('line'))['data-line'];
await visitor.passPrejoin();
const met = await until(`${name} is with ${others} others`, async () => {
  const s = await visitor.state();
  const there = s.members.filter((m) => m.id !== s.me && !m.away).map((m) => m.id);
  return there.length >= Number(others) ? there : null;
}, 90_000);
for (const id of met) await sees(visitor, id, 'camera', 90_000);
await hears(visitor, met, 90_000);
const way = await page.evaluate(async () => {
  const pc = window.connections.findLast((c) => c.connectionState === 'connected');
  const all = new Map();
  (await pc.getStats()).forEach((r) => all.set(r.id, r));
  const transport = [...all.values()].find((r) => r.type === 'transport' && r.selectedCandidatePairId);
  const local = all.get(all.get(transport.selectedCandidatePairId).localCandidateId);
  return { type: local.candidateType, protocol: local.protocol, relay: local.relayProtocol ?? '' };
});
console.log(JSON.stringify({ line, ...way }));
await new Promise((r) => process.stdin.on('end', r).resume());
await browser.close();
