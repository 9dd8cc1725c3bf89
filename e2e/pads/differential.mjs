// Makes random documents with yjs and tells pad/yjs about them, one JSON line each; pad/yjs answers with what it makes of
// them, and yjs is asked whether that is the same document. differential.mjs SEED COUNT
import readline from 'node:readline';
import * as Y from 'yjs';
import { chance } from '../lib/chance.mjs';

const [seed, count] = process.argv.slice(2).map(Number);
const b64 = (bytes) => Buffer.from(bytes).toString('base64');
const bytes = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const shown = (doc) => JSON.stringify([
  doc.getText('text').toDelta(), Object.entries(doc.getMap('meta').toJSON()).sort(), doc.getArray('comments').toJSON(),
]);

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

function* documents() {
  for (let i = 0; i < count; i++) {
    const rnd = chance(seed * 1e6 + i);
    const docs = Array.from({ length: 1 + rnd(4) }, () => new Y.Doc({ gc: rnd(2) === 0 }));
    const all = [];
    const waiting = [];
    docs.forEach((d, k) => { d.clientID = 1 + rnd(2 ** 31) + k; d.on('update', (u, origin) => { if (origin !== 'remote') { all.push(u); waiting.push([k, u]); } }); });
    const exchange = () => {
      for (const [from, u] of waiting.splice(0)) docs.forEach((d, k) => { if (k !== from) Y.applyUpdate(d, u, 'remote'); });
    };
    let partial = null;
    const rounds = 1 + rnd(30);
    for (let k = 0; k < rounds; k++) {
      for (const d of docs) if (rnd(3) > 0) (rnd(4) ? edit(d, rnd) : d.transact(() => { edit(d, rnd); edit(d, rnd); edit(d, rnd); }));
      if (rnd(3) === 0) exchange();
      if (k === rounds >> 1) partial = Y.encodeStateAsUpdate(docs[0]);
    }
    while (waiting.length) exchange();
    yield { docs, all, partial, rnd };
  }
}

const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
for (const { docs, all, partial, rnd } of documents()) {
  const [doc] = docs;
  const half = new Y.Doc();
  Y.applyUpdate(half, partial);
  const wish = `${doc.getText('text').toString().slice(0, rnd(20))}wished 😀 for${doc.getText('text').toString().slice(-rnd(20))}`.toWellFormed?.() ?? 'wished';
  console.log(JSON.stringify({
    updates: all.map(b64), state: b64(Y.encodeStateAsUpdate(doc)), text: doc.getText('text').toString(),
    known: b64(Y.encodeStateVector(half)), wish,
  }));
  const { value } = await answers.next();
  if (value === undefined) process.exit(1);
  const { compact, merged, diff, edited } = JSON.parse(value);
  const wrong = [];
  for (const [what, update] of [['compact', compact], ['merged', merged]]) {
    const d = new Y.Doc();
    Y.applyUpdate(d, bytes(update));
    if (d.store.pendingStructs || shown(d) !== shown(doc)) wrong.push(`${what}: ${shown(d)} is not ${shown(doc)}`);
  }
  Y.applyUpdate(half, bytes(diff));
  if (shown(half) !== shown(doc)) wrong.push(`diff: ${shown(half)} is not ${shown(doc)}`);
  Y.applyUpdate(doc, bytes(edited));
  if (doc.getText('text').toString() !== wish) wrong.push(`edited: ${doc.getText('text')} is not ${wish}`);
  console.log(JSON.stringify({ wrong }));
}
