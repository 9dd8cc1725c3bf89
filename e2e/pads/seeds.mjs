// Writes the seeds of pad/yjs's and pad's fuzz targets, made by yjs and y-protocols themselves: node pads/seeds.mjs
import fs from 'node:fs';
import * as encoding from 'lib0/encoding';
import * as awareness from 'y-protocols/awareness';
import * as sync from 'y-protocols/sync';
import * as Y from 'yjs';
import { randomDocument } from './random.mjs';

/** Writes a seed in the form of Go's corpus. */
function seed(target, name, bytes) {
  const folder = new URL(`../../${target}/`, import.meta.url);
  fs.mkdirSync(folder, { recursive: true });
  const text = [...bytes].map((b) => (b >= 32 && b < 127 && b !== 34 && b !== 92 ? String.fromCharCode(b) : `\\x${b.toString(16).padStart(2, '0')}`)).join('');
  fs.writeFileSync(new URL(name, folder), `go test fuzz v1\n[]byte("${text}")\n`);
}
const update = (name, bytes) => seed('pad/yjs/testdata/fuzz/FuzzUpdate', `yjs-${name}`, bytes);
const frame = (name, write) => {
  const e = encoding.createEncoder();
  write(e);
  seed('pad/testdata/fuzz/FuzzFrame', `yjs-${name}`, encoding.toUint8Array(e));
};

let next = 1;
/** A document after some edits, each of which is given it. */
function made(...edits) {
  const doc = new Y.Doc();
  doc.clientID = next++;
  edits.forEach((edit) => edit(doc));
  return doc;
}
const state = (...edits) => Y.encodeStateAsUpdate(made(...edits));
const text = (doc) => doc.getText('text');

update('text', state((d) => text(d).insert(0, 'Réunion 😀\n'), (d) => text(d).insert(3, 'mi')));
update('deleted', state((d) => text(d).insert(0, 'to be forgotten'), (d) => text(d).delete(3, 6)));
update('format', state((d) => text(d).insert(0, 'bold and plain'), (d) => text(d).format(0, 4, { bold: true, size: 1.5 }), (d) => text(d).format(2, 4, { bold: null })));
update('embed', state((d) => text(d).insertEmbed(0, { image: 'x', at: [1, null] })));
update('map', state((d) => d.getMap('meta').set('k', 1), (d) => d.getMap('meta').set('k', { a: [1.5, -3, 2 ** 40, 10n, true, undefined, new Uint8Array([1])] }), (d) => d.getMap('meta').delete('k')));
update('array', state((d) => d.getArray('comments').push([1, 'two', null, [3], { four: 4 }]), (d) => d.getArray('comments').delete(1, 2)));
update('binary', state((d) => d.getArray('comments').push([new Uint8Array([0, 255])])));
update('nested', state((d) => { const m = new Y.Map(); d.getMap('comments').set('t', m); m.set('notes', new Y.Array()); m.get('notes').push([new Y.Text('x')]); }));
update('forgotten', state((d) => d.getMap('comments').set('t', new Y.Map([['a', new Y.Text('x')]])), (d) => d.getMap('comments').delete('t')));
update('xml', state((d) => { const e = new Y.XmlElement('p'); d.getXmlFragment('x').insert(0, [e, new Y.XmlHook('h'), new Y.XmlText('y')]); e.setAttribute('a', '1'); }));
update('subdocument', state((d) => d.getMap('meta').set('sub', new Y.Doc({ guid: 'g', autoLoad: true, meta: { a: 1 } }))));
const doc = made((d) => text(d).insert(0, 'first'));
const known = Y.encodeStateVector(doc);
text(doc).insert(5, ', second');
const second = Y.encodeStateAsUpdate(doc, known);
text(doc).insert(0, 'third, ');
update('diff', second);
update('skip', Y.mergeUpdates([Y.diffUpdate(Y.encodeStateAsUpdate(made((d) => text(d).insert(0, 'a'))), new Uint8Array([0])), Y.encodeStateAsUpdate(doc, Y.encodeStateVector(made())), second]));
update('deletions-only', (() => { const d = made((it) => text(it).insert(0, 'abcdef')); let out; d.on('update', (u) => { out = u; }); text(d).delete(2, 2); return out; })());
for (const number of [3, 5, 25, 65, 50, 150]) update(`random-${number}`, Y.encodeStateAsUpdate(randomDocument(number).doc));
update('snapshot', Y.encodeSnapshot(Y.snapshot(doc)));
update('state-vector', Y.encodeStateVector(randomDocument(50).doc));

frame('step-1', (e) => { encoding.writeVarUint(e, 0); sync.writeSyncStep1(e, doc); });
frame('step-2', (e) => { encoding.writeVarUint(e, 0); sync.writeSyncStep2(e, doc); });
frame('update', (e) => { encoding.writeVarUint(e, 0); sync.writeUpdate(e, second); });
const who = new awareness.Awareness(doc);
who.setLocalState({ user: { name: 'Zoé', color: '#abc' }, cursor: { anchor: 1, head: 2 } });
frame('awareness', (e) => { encoding.writeVarUint(e, 1); encoding.writeVarUint8Array(e, awareness.encodeAwarenessUpdate(who, [doc.clientID])); });
frame('query', (e) => encoding.writeVarUint(e, 3));
frame('mark', (e) => { encoding.writeVarUint(e, 100); encoding.writeVarString(e, JSON.stringify({ t: 'mark', n: 7 })); });
process.exit(0);
