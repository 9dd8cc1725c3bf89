// Random documents of yjs, each told by its number alone.
import * as Y from 'yjs';
import { chance } from '../lib/chance.mjs';

/** All of a document that two replicas must agree on. */
export const shown = (doc) => JSON.stringify([
  doc.getText('text').toDelta(), Object.entries(doc.getMap('meta').toJSON()).sort(), doc.getArray('comments').toJSON(),
]);

/** Spreads neighbouring numbers, whose chances would begin alike. */
function seedOf(n) {
  let h = Math.imul(n ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

// A place that is not inside a surrogate pair: yjs's own replicas may differ once a character was cut in two.
function place(text, at) {
  const c = text.charCodeAt(at);
  return c >= 0xdc00 && c <= 0xdfff ? at - 1 : at;
}

function edit(doc, rnd) {
  const t = doc.getText('text');
  const s = t.toString();
  const r = rnd(12);
  if (r < 6 || s.length < 4) {
    if (t.length === s.length) t.insert(place(s, rnd(s.length + 1)), ['a', 'é', '😀', 'hello ', '\n', 'x'.repeat(rnd(40) + 1)][rnd(6)]);
  } else if (r < 8) {
    if (t.length !== s.length) return;
    const from = place(s, rnd(s.length));
    const to = place(s, Math.min(s.length, from + 1 + rnd(6)));
    if (to > from) t.delete(from, to - from);
  } else if (r === 8) {
    if (t.length !== s.length) return;
    const from = place(s, rnd(s.length));
    t.format(from, s.codePointAt(from) > 0xffff ? 2 : 1, { bold: rnd(2) === 0 ? true : null });
  } else if (r === 9) doc.getMap('meta').set(`k${rnd(3)}`, [rnd(1e9), 'text', null, { a: [1.5, true, undefined] }, new Uint8Array([1, 2])][rnd(5)]);
  else if (r === 10) {
    const thread = new Y.Map();
    doc.getArray('comments').insert(0, [thread]);
    thread.set('text', new Y.Text('remark'));
  } else {
    const list = doc.getArray('comments');
    if (list.length > 0 && rnd(2)) list.delete(rnd(list.length), 1);
    else list.push([rnd(100), 'string', rnd(100)]);
  }
}

/**
 * The document of a number: `doc`, the updates in the order in which they were made, a replica that stopped half-way, and the
 * chance to go on with. Most are small, so that many can be looked at; one in fifty is long, with up to four writers.
 */
export function randomDocument(number) {
  const rnd = chance(seedOf(number));
  const [writers, most] = number % 50 === 0 ? [4, 30] : number % 5 === 0 ? [3, 12] : [2, 5];
  const docs = Array.from({ length: 1 + rnd(writers) }, () => new Y.Doc({ gc: rnd(2) === 0 }));
  const updates = [];
  const waiting = [];
  docs.forEach((d, k) => {
    d.clientID = 1 + rnd(2 ** 31) + k;
    d.on('update', (u, origin) => { if (origin !== 'remote') { updates.push(u); waiting.push([k, u]); } });
  });
  const exchange = () => {
    for (const [from, u] of waiting.splice(0)) docs.forEach((d, k) => { if (k !== from) Y.applyUpdate(d, u, 'remote'); });
  };
  let partial = null;
  const rounds = 1 + rnd(most);
  for (let k = 0; k < rounds; k++) {
    for (const d of docs) if (rnd(3) > 0) (rnd(4) ? edit(d, rnd) : d.transact(() => { edit(d, rnd); edit(d, rnd); edit(d, rnd); }));
    if (rnd(3) === 0) exchange();
    if (k === rounds >> 1) partial = Y.encodeStateAsUpdate(docs[0]);
  }
  while (waiting.length) exchange();
  return { doc: docs[0], updates, partial, rnd };
}
