// A file that is encrypted in one browser and opened in another: the same steps for the small file of the tests and the
// large one of scripts/proof-sealed.mjs. What is received is what the browser put into its downloads, and nothing less.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { until } from './until.mjs';
import { hook } from './visitor.mjs';

/** How long a step of so many megabytes may take, in ms: a busy machine with two cores. */
const patience = (megabytes) => 60_000 + megabytes * 1000;

/** Makes a file of chance, and answers the SHA-256 of what is in it. */
export function randomFile(where, megabytes) {
  const out = fs.openSync(where, 'w');
  const hash = crypto.createHash('sha256');
  for (let i = 0; i < megabytes; i++) {
    const part = crypto.randomBytes(1 << 20);
    hash.update(part);
    fs.writeSync(out, part);
  }
  fs.closeSync(out);
  return hash.digest('hex');
}

export async function hashOf(where) {
  const hash = crypto.createHash('sha256');
  for await (const part of fs.createReadStream(where, { highWaterMark: 1 << 20 })) hash.update(part);
  return hash.digest('hex');
}

/** Makes an encrypted drop of the file at where, and answers its link once all of it has arrived. */
export async function give(v, where, megabytes) {
  await v.goto('/f');
  await v.shown('drop-make');
  await v.click('drop-sealed');
  await v.click('drop-make');
  await v.shown('drop-link');
  const link = await v.evaluate((s) => document.querySelector(s).value, hook('drop-link'));
  assert.match(link, /\/f\/[\w-]{22}#[\w-]{22}$/);
  if (v.kind === 'chromium') await v.page.setInputFiles(hook('files-input'), where);
  else await (await v.page.$(hook('files-input'))).uploadFile(where);
  await v.shown('file', { 'data-name': path.basename(where) }, patience(megabytes));
  return link;
}

/** Opens the one file behind link, and answers where the browser saved it, in the folder `downloads`. open does it another way. */
export async function take(v, link, name, megabytes, downloads, open = () => v.click('file-open')) {
  await v.goto(link.replace(v.origin, ''));
  await v.shown('file', { 'data-name': name });
  if (v.kind === 'chromium') {
    const [download] = await Promise.all([v.page.waitForEvent('download', { timeout: patience(megabytes) }), open()]);
    assert.equal(download.suggestedFilename(), name);
    await download.saveAs(path.join(downloads, name));
  } else { // it saves by itself (see launchFirefox), beside a .part as long as it is not done
    await open();
    await until(`Firefox has saved ${name}`, () => {
      const there = fs.readdirSync(downloads);
      return there.includes(name) && fs.statSync(path.join(downloads, name)).size > 0 && !there.some((n) => n.endsWith('.part'));
    }, patience(megabytes));
  }
  return path.join(downloads, name);
}
