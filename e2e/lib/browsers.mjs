// Launchers of Debian's Chromium (playwright-core) and Firefox (puppeteer-core, WebDriver BiDi). The environment
// variables CHROMIUM and FIREFOX name other binaries.
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';

const CHROMIUM_ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--mute-audio',
  // The server's candidates are real addresses; the browser's own may be, too.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  // Several pages at once, none of them in front.
  '--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding',
];

const DEVICES = {
  fake: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  denied: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream=deny'],
  none: ['--use-fake-ui-for-media-stream'], // the machine's own: a test machine has none
};

/**
 * Launches Chromium. devices: fake ones that are granted, denied ones, or none at all; autoplay: whether sound may play
 * without a gesture. The answer has browser, process (to be killed) and close. profile: a folder in which everybody of this
 * browser has one profile, as at home; without, each has a private window, which keeps in memory what pages store.
 */
export async function launchChromium({ devices = 'fake', autoplay = true, profile = '' } = {}) {
  const args = [...CHROMIUM_ARGS, ...DEVICES[devices]];
  args.push(`--autoplay-policy=${autoplay ? 'no-user-gesture-required' : 'document-user-activation-required'}`);
  if (profile) {
    const context = await chromium.launchPersistentContext(profile, { executablePath: binary('CHROMIUM', 'chromium'), headless: true, args });
    return { browser: { newContext: async () => context }, process: null, close: () => context.close() };
  }
  const server = await chromium.launchServer({ executablePath: binary('CHROMIUM', 'chromium'), headless: true, args });
  const browser = await chromium.connect(server.wsEndpoint());
  return { browser, process: server.process(), close: () => server.close() };
}

const FIREFOX_PREFS = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.getusermedia.insecure.enabled': true,
  'media.gmp-manager.updateEnabled': false,
  'app.update.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.enabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

/**
 * Launches Firefox with granted fake devices. downloads: the folder that it saves to without asking. alone: nobody listens to
 * what it asks for and gets, of which it would otherwise keep a copy in memory for whoever drives it.
 */
export async function launchFirefox({ downloads = '', alone = false } = {}) {
  const saving = downloads ? { 'browser.download.folderList': 2, 'browser.download.dir': downloads, 'browser.download.useDownloadDir': true, 'browser.download.alwaysOpenPanel': false } : {};
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath: binary('FIREFOX', 'firefox-esr'), headless: true, networkEnabled: !alone, extraPrefsFirefox: { ...FIREFOX_PREFS, ...saving },
  });
  return { browser, process: browser.process(), close: () => browser.close() };
}

function binary(variable, name) {
  return process.env[variable] || execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
}
