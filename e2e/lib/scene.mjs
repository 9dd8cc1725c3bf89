// A scene is one server, some browsers, the people in them, and what is written down when something goes wrong.
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { launchChromium, launchFirefox } from './browsers.mjs';
import { paintCamera } from './media.mjs';
import { Server } from './server.mjs';
import { Visitor } from './visitor.mjs';

export const OUT = path.resolve(import.meta.dirname, '../out');
const VIEWPORT = { width: 1280, height: 720 };
/** A small phone. */
export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
/** A window in which four tiles are small enough for the lowest layer, which is what two cores can encode and decode. */
export const SMALL = { viewport: { width: 720, height: 540 } };

export class Scene {
  visitors = [];
  #homes = new Map(); // browser by kind and options
  #failed = '';

  /** Starts the server. serverOptions are command line options of `tablee serve`; for elsewhere see Server.start. */
  async open(serverOptions = [], elsewhere = {}) {
    await fs.mkdir(OUT, { recursive: true });
    this.server = await Server.start(serverOptions, elsewhere);
    return this;
  }

  async close() {
    await Promise.allSettled([...this.#homes.values()].map(async (h) => (await h).close()));
    await this.server?.close();
  }

  /** The browser with these options, launched once. */
  browser(options = {}) {
    const { firefox = false, own = '', ...more } = options;
    const key = JSON.stringify({ firefox, own, more });
    if (!this.#homes.has(key)) this.#homes.set(key, firefox ? launchFirefox(more) : launchChromium(more));
    return this.#homes.get(key);
  }

  /**
   * Brings somebody before an empty page. browser: options of launchChromium, {firefox: true} with those of launchFirefox, or {own: name} for a
   * process of their own; context: options of a Playwright context; camera: the colour of their picture; script: run
   * before the page's own, with argument.
   */
  async visitor(name, { browser = {}, context = {}, camera = '', script = null, argument = null } = {}) {
    const home = await this.browser(browser);
    const kind = browser.firefox ? 'firefox' : 'chromium';
    const page = await (kind === 'firefox' ? newFirefoxPage : newPage)(home.browser, { viewport: VIEWPORT, ...context });
    const visitor = new Visitor({ name, origin: this.server.origin, page, kind, home });
    if (kind === 'chromium') {
      await page.addInitScript(noteViolations);
      if (camera) await page.addInitScript(paintCamera, camera);
      if (script) await page.addInitScript(script, argument);
    }
    this.visitors.push(visitor);
    return visitor;
  }

  /** Takes somebody away whose page is closed, or dead. */
  forget(visitor) {
    this.visitors = this.visitors.filter((v) => v !== visitor);
  }

  async kill(visitor) {
    this.forget(visitor);
    visitor.home.process.kill('SIGKILL');
    for (const [key, home] of this.#homes) if ((await home) === visitor.home) this.#homes.delete(key);
  }

  /** Defines a test that builds on the ones before: after the first failure the others fail at once. */
  step(name, fn) {
    return test(name, async () => {
      if (this.#failed) throw new Error(`not tried, because this failed: ${this.#failed}`);
      try {
        await fn();
      } catch (e) {
        this.#failed = name;
        await this.dump(name).catch((d) => console.error(`no diagnostics: ${d.message}`));
        throw e;
      }
    });
  }

  /** Defines a test that stands alone; its visitors leave at its end. */
  alone(name, fn) {
    return test(name, async () => {
      const before = this.visitors;
      this.visitors = [];
      try {
        await fn();
      } catch (e) {
        await this.dump(name).catch((d) => console.error(`no diagnostics: ${d.message}`));
        throw e;
      } finally {
        await Promise.allSettled(this.visitors.map((v) => v.close()));
        this.visitors = before;
      }
    });
  }

  /** Writes down what every page and the server know, for whoever has to find out why. */
  async dump(name) {
    const base = path.join(OUT, `failed-${name.replace(/[^a-z0-9]+/gi, '-')}`);
    const lines = [];
    for (const v of this.visitors) {
      lines.push(`== ${v.name} (${v.kind}, ${v.id || 'not joined'})`, ...v.errors.map((e) => `console: ${e}`));
      const facts = await soon(v.evaluate(async () => ({
        url: location.pathname,
        hooks: [...document.querySelectorAll('[data-test]')].map((e) =>
          [...e.attributes].filter((a) => /^(data-|aria-pressed)/.test(a.name)).map((a) => `${a.name.replace('data-', '')}=${a.value}`).join(' ')),
        state: window.tablee?.state(), stats: await window.tablee?.stats(),
      })));
      lines.push(JSON.stringify(facts, null, 1));
      await soon(v.page.screenshot({ path: `${base}-${v.name}.png` }));
    }
    lines.push('== server', this.server.log);
    await fs.writeFile(`${base}.txt`, lines.join('\n'));
    console.error(`diagnostics: ${base}.txt`);
  }
}

async function newPage(browser, options) {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  return context.newPage();
}

async function newFirefoxPage(browser, { viewport }) {
  const page = await browser.newPage();
  await page.setViewport(viewport);
  return page;
}

/** Turns what the policy refuses into console errors, which fail the test. */
function noteViolations() {
  addEventListener('securitypolicyviolation', (e) => console.error(`CSP refuses ${e.violatedDirective}: ${e.blockedURI}`));
}

/** The promise, or what went wrong; a dead page must not hold up the diagnosis. */
function soon(promise) {
  return Promise.race([promise, new Promise((done) => setTimeout(done, 3000, 'no answer'))]).catch((e) => e.message);
}
