// One real browser in one network namespace: node visit.mjs KIND ORIGIN ROOM NAME OTHERS POLICY. It joins, waits until it sees
// and hears OTHERS people, says by which way its media go as a line of JSON, and stays until its input ends. KIND is chromium or
// firefox; POLICY "relay" leaves a Chromium the relay only. Lines of its input are wishes, each answered by a line of JSON:
//   moved ADDRESS  its media come by another way than when it met everybody, from the server at ADDRESS; after how many ms
//   meets          it sees and hears everybody (again)
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { hears, sees } from '../lib/media.mjs';
import { PATIENCE, until } from '../lib/until.mjs';
import { Visitor } from '../lib/visitor.mjs';

const VIEWPORT = { width: 1100, height: 800 }; // room for everybody
const [kind, origin, room, name, others, policy] = process.argv.slice(2);

// The house's own authority is in no browser's store; that it is checked at all is shown by others.
const { browser, page } = kind === 'firefox' ? await firefox() : await chrome();

async function chrome() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--mute-audio',
      '--use-fake-device-for-media-stream=fps=10', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required', '--ignore-certificate-errors'],
  });
  const page = await (await browser.newContext({ ignoreHTTPSErrors: true, viewport: VIEWPORT })).newPage();
  await page.addInitScript(watchConnections, policy ?? '');
  return { browser, page };
}

async function firefox() {
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr', headless: true, acceptInsecureCerts: true,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true, 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0,
      'media.gmp-manager.updateEnabled': false, 'app.update.enabled': false, 'datareporting.policy.dataSubmissionEnabled': false, 'toolkit.telemetry.enabled': false,
      'browser.safebrowsing.downloads.enabled': false, 'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false,
    },
  });
  const page = await browser.newPage();
  await page.setViewport(VIEWPORT);
  await page.evaluateOnNewDocument(watchConnections, '');
  return { browser, page };
}

/** Runs in the page, before its own scripts. */
function watchConnections(iceTransportPolicy) {
  if (location.protocol === 'https:') localStorage.setItem('tablee.quality', 'saver'); // small pictures, so that one machine carries everybody
  const Native = window.RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Native {
    constructor(configuration = {}) {
      super(iceTransportPolicy ? { ...configuration, iceTransportPolicy } : configuration);
      window.connections.push(this);
    }
  };
}

const visitor = new Visitor({ name, origin, page, kind, home: null });
await visitor.goto(`/r/${room}`);
const line = policy ? '' : (await visitor.shown('line', {}, PATIENCE))['data-line']; // takes long where datagrams vanish
await visitor.passPrejoin();
let known = ''; // the way when it met everybody last

/** Sees and hears so many others. */
async function meets() {
  const met = await until(`${name} is with ${others} others`, async () => {
    const s = await visitor.state();
    const there = s.members.filter((m) => m.id !== s.me && !m.away).map((m) => m.id);
    if (there.length < Number(others)) throw new Error(`${there.length} others are there`);
    return there.slice(0, Number(others));
  }, PATIENCE);
  const heard = hears(visitor, met, PATIENCE);
  // On a busy machine some pictures are paused; whoever's is wanted large goes before the others.
  for (const id of met) {
    await sees(visitor, id, 'camera', 1500).catch(async () => {
      await pin(id);
      await sees(visitor, id, 'camera', PATIENCE);
      await pin(id);
    });
  }
  await heard;
  const w = await until(`${name} has a way`, way, PATIENCE);
  known = w.pair;
  return w;
}

/** Pins somebody's camera, or no longer. */
const pin = (id) => visitor.evaluate((m) => document.querySelector(`[data-test="tile"][data-member="${m}"][data-kind="camera"] [data-test="tile-pin"]`)?.click(), id);

/** By which way media go, and how many bytes have come. */
const way = () => visitor.evaluate(async () => {
  const pc = window.connections.findLast((c) => c.connectionState === 'connected');
  if (!pc) return null;
  const all = new Map();
  (await pc.getStats()).forEach((r) => all.set(r.id, r));
  const reports = [...all.values()];
  const transport = reports.find((r) => r.type === 'transport' && r.selectedCandidatePairId);
  const pair = all.get(transport?.selectedCandidatePairId) ?? reports.find((r) => r.type === 'candidate-pair' && r.selected); // Firefox
  const local = all.get(pair?.localCandidateId);
  const remote = all.get(pair?.remoteCandidateId);
  if (!local || !remote) return null;
  return {
    type: local.candidateType, protocol: local.protocol, relay: local.relayProtocol ?? '', remote: remote.address ?? '', received: pair.bytesReceived,
    pair: `${local.address}:${local.port} ${remote.address}:${remote.port} ${pair.id}`,
  };
});

/** Waits until media come by another way than the known one, and from the server at that address, if there is one. */
async function moved(address) {
  const begin = performance.now();
  let before = null;
  await until(`${name} comes by another way`, async () => {
    const now = await way();
    if (!now) return false;
    const comes = before && before.pair === now.pair && now.received > before.received;
    before = now;
    if (!comes || now.pair === known || (address && now.remote !== address)) throw new Error(JSON.stringify(now));
    return true;
  }, PATIENCE);
  return Math.round(performance.now() - begin);
}

/** Does what may fail, and tells in that case what the page knows. */
async function told(what) {
  try {
    return await what();
  } catch (e) {
    const tiles = await visitor.evaluate(() => [...document.querySelectorAll('[data-test="tile"]')].map((t) => JSON.stringify({ ...t.dataset, box: t.getClientRects().length })));
    console.error(tiles.join('\n'), visitor.errors.join('\n'));
    throw e;
  }
}

console.log(JSON.stringify({ line, ...(await told(meets)) }));
for await (const wish of createInterface({ input: process.stdin })) {
  const [what, address] = wish.split(' ');
  if (what === 'moved') console.log(JSON.stringify({ ms: await told(() => moved(address)) }));
  if (what === 'meets') console.log(JSON.stringify(await told(meets)));
}
await browser.close();
