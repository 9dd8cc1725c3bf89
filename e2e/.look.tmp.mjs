import { launchChromium } from './lib/browsers.mjs';
import axe from 'axe-core';
const [dir, out, ...names] = process.argv.slice(2);
const home = await launchChromium();
for (const name of names) for (const look of [['desk', { viewport: { width: 1280, height: 800 } }], ['dark', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' }], ['phone', { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }]]) {
  const ctx = await home.browser.newContext(look[1]); const page = await ctx.newPage();
  page.on('console', (m) => console.log(name, look[0], m.text())); page.on('request', (r) => { if (!r.url().startsWith('file:') && !r.url().startsWith('data:')) console.log('REQ', r.url()); });
  await page.goto(`file://${dir}/${name}.html`);
  await page.screenshot({ path: `${out}/${name}-${look[0]}.png`, fullPage: true });
  const w = await page.evaluate(() => document.scrollingElement.scrollWidth); if (w > look[1].viewport.width) console.log(name, look[0], 'WIDE', w);
  await page.evaluate(axe.source); const r = await page.evaluate(() => globalThis.axe.run(document));
  for (const v of r.violations) console.log(name, look[0], v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 200), v.nodes[0].failureSummary.slice(0, 200));
  await ctx.close();
}
await home.close();
