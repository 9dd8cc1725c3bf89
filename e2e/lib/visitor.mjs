// One person in front of one page, in either browser. Everything is found by the hooks of web/app/TESTING.md.
import { PATIENCE, until } from './until.mjs';

/** The selector of a hook, with further attributes: hook('tile', {'data-kind': 'screen'}). */
export function hook(name, attributes = {}) {
  const more = Object.entries(attributes).map(([k, v]) => `[${k}="${v}"]`).join('');
  return `[data-test="${name}"]${more}`;
}

export class Visitor {
  id = ''; // member id, once joined
  errors = []; // console errors, uncaught exceptions, violations of the content security policy
  requests = []; // every URL asked for

  constructor({ name, origin, page, kind, home }) {
    Object.assign(this, { name, origin, page, kind, home });
    page.on('console', (m) => { if (m.type() === 'error') this.errors.push(m.text()); });
    page.on('pageerror', (e) => this.errors.push(`uncaught: ${e.stack ?? e.message}`));
    page.on('request', (r) => this.requests.push(r.url()));
    if (kind === 'chromium') page.on('websocket', (ws) => this.requests.push(ws.url()));
  }

  // What a page offers.
  evaluate(fn, argument) { return this.page.evaluate(fn, argument); }
  goto(path) { return this.page.goto(this.origin + path); }
  reload() { return this.page.reload(); }
  press(key) { return this.page.keyboard.press(key); }
  type(text) { return this.page.keyboard.type(text); }

  async click(name, attributes) {
    const selector = hook(name, attributes);
    // On a phone some controls are in the page twice, one of them hidden.
    if (this.kind === 'chromium') await this.page.locator(selector).filter({ visible: true }).first().click({ timeout: PATIENCE });
    else await this.page.locator(selector).setTimeout(PATIENCE).click();
  }

  async fill(name, text) {
    if (this.kind === 'chromium') await this.page.fill(hook(name), text, { timeout: PATIENCE });
    else await this.page.locator(hook(name)).setTimeout(PATIENCE).fill(text);
  }

  /** Waits until fn, run in the page, gives something truthy, and returns it. */
  until(what, fn, argument, ms) { return until(`${this.name}: ${what}`, () => this.evaluate(fn, argument), ms); }

  /** Waits until an element with the hook is shown, and returns its attributes. */
  shown(name, attributes, ms) {
    const selector = hook(name, attributes);
    return this.until(`sees ${selector}`, (s) => {
      for (const e of document.querySelectorAll(s)) {
        if (e.getClientRects().length > 0) return Object.fromEntries([...e.attributes].map((a) => [a.name, a.value]));
      }
      return null;
    }, selector, ms);
  }

  /** Waits until no element with the hook is there. */
  gone(name, attributes, ms) {
    const selector = hook(name, attributes);
    return this.until(`no longer sees ${selector}`, (s) => !document.querySelector(s), selector, ms);
  }

  count(name, attributes) {
    return this.evaluate((s) => document.querySelectorAll(s).length, hook(name, attributes));
  }

  text(name, attributes) {
    return this.evaluate((s) => document.querySelector(s)?.textContent ?? null, hook(name, attributes));
  }

  attribute(name, attribute) {
    return this.evaluate(([s, a]) => document.querySelector(s)?.getAttribute(a) ?? null, [hook(name), attribute]);
  }

  /** Presses a toggle until it says on or off. */
  async toggle(name, on) {
    await this.shown(name);
    if ((await this.attribute(name, 'aria-pressed') === 'true') !== on) await this.click(name);
    await this.shown(name, { 'aria-pressed': String(on) });
  }

  /** Goes through the prejoin page of a room into the meeting. */
  async join(room, options = {}) {
    await this.goto(`/r/${room}`);
    await this.passPrejoin(options);
  }

  async passPrejoin({ mic = true, camera = true, devices = true } = {}) {
    await this.shown('page-prejoin');
    await this.shown('join');
    if (devices) {
      await this.devicesStarted();
      await this.toggle('toggle-mic', mic);
      await this.toggle('toggle-camera', camera);
      if (camera) await this.shown('preview', { 'data-camera': 'on' });
    }
    await this.fill('your-name', this.name);
    await this.click('join');
    await this.joined();
  }

  /** Waits until the page has opened what it opens by itself: everything, unless it was switched off the last time. */
  devicesStarted() {
    return this.until('devices are started', () => {
      const was = (device) => localStorage.getItem(`tablee.start.${device}`) !== 'off';
      const pressed = (device) => document.querySelector(`[data-test="toggle-${device}"]`)?.getAttribute('aria-pressed') === 'true';
      return ['mic', 'camera'].every((d) => pressed(d) === was(d));
    });
  }

  /** Waits until the visitor is in the meeting, with media. */
  async joined(ms = PATIENCE) {
    await this.shown('page-meeting', { 'data-state': 'joined' }, ms);
    this.id = await this.until('media connects', () => {
      const s = window.tablee.state();
      return s.media === 'connected' && s.phase === 'joined' && s.me;
    }, null, ms);
  }

  state() { return this.evaluate(() => window.tablee.state()); }
  stats() { return this.evaluate(() => window.tablee.stats()); }

  async close() {
    await (this.kind === 'chromium' ? this.page.context().close() : this.page.close());
  }
}
