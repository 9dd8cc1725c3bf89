// A pad's page, as a person works with it.

/** The pad can be written in, and the server is there. */
export const ready = (v, kind = 'text') => v.shown('pad', { 'data-ready': 'true', 'data-line': 'up', 'data-kind': kind });

/** All that was written is on the server's disk. */
export const saved = (v) => v.shown('pad', { 'data-saved': 'saved' });

export const has = (v, part) => v.until(`reads ${part}`, (p) => document.querySelector('[data-test="pad-text"]')?.textContent.includes(p), part);

/** A new pad of one's own, and its link. */
export async function create(v, template = 'blank') {
  await v.goto('/p');
  await v.click('pad-new', { 'data-template': template });
  await ready(v, template === 'board' ? 'board' : 'text');
  return v.evaluate(() => {
    const [known] = JSON.parse(localStorage.getItem('tablee.pads'));
    return `/p/${known.id}#${known.access}`;
  });
}
