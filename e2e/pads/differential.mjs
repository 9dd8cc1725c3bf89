// Makes random documents with yjs and asks pad/yjs what it makes of them, then yjs whether that is the same document.
//
//     differential.mjs FIRST COUNT
//
// Both ways over the pipes go frames: four bytes of length, big-endian, then as many byte strings, each with its length as a
// varuint. A frame holds many documents, and several frames are under way, so that both programs are busy. The first document
// that is another ends this with status 1 and its number; at the end it says how many it has looked at.
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';
import { randomDocument, shown } from './random.mjs';

const [first, count] = process.argv.slice(2).map(Number);
const perFrame = 64;
const underWay = 4;

function send(write) {
  const e = encoding.createEncoder();
  write(e);
  const body = encoding.toUint8Array(e);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  process.stdout.write(head);
  process.stdout.write(body);
}

async function* frames(stream) {
  let held = [];
  let size = 0;
  for await (const chunk of stream) {
    held.push(chunk);
    size += chunk.length;
    while (size >= 4) {
      const all = held.length === 1 ? held[0] : Buffer.concat(held);
      const end = 4 + all.readUInt32BE(0);
      held = [all];
      if (size < end) break;
      yield new Uint8Array(all.buffer, all.byteOffset + 4, end - 4);
      held = [all.subarray(end)];
      size -= end;
    }
  }
}

/** Puts a document's question into a frame and keeps what its answer is to be compared with. */
function ask(e, number) {
  const { doc, updates, partial, rnd } = randomDocument(number);
  const half = new Y.Doc();
  Y.applyUpdate(half, partial);
  const text = doc.getText('text').toString();
  const wish = `${text.slice(0, rnd(20))}wished 😀 for${rnd(20) ? text.slice(-rnd(20)) : text}`.toWellFormed?.() ?? 'wished';
  encoding.writeVarUint8Array(e, Y.encodeStateAsUpdate(doc));
  encoding.writeVarUint8Array(e, Y.encodeStateVector(doc));
  encoding.writeVarUint8Array(e, Y.encodeStateVector(half));
  encoding.writeVarString(e, text);
  encoding.writeVarString(e, wish);
  encoding.writeVarUint(e, updates.length);
  updates.forEach((u) => encoding.writeVarUint8Array(e, u));
  return { number, doc, half, wish, rnd };
}

/** Compares what was made of a document: joined, compacted, the part that half of it lacks, and an edit. */
function check(d, { number, doc, half, wish, rnd }) {
  const [merged, compact, diff, edited] = Array.from({ length: 4 }, () => decoding.readVarUint8Array(d));
  const want = shown(doc);
  const wrong = (what, got, is = want) => { throw new Error(`document ${number}, ${what}: ${got} is not ${is}`); };
  for (const [what, update] of [['merged', merged], ['compacted', compact]]) {
    const other = new Y.Doc({ gc: rnd(2) === 0 });
    Y.applyUpdate(other, update);
    if (other.store.pendingStructs || other.store.pendingDs) wrong(what, 'something is missing');
    if (shown(other) !== want) wrong(what, shown(other));
    if (!Y.equalSnapshots(Y.snapshot(other), Y.snapshot(doc))) wrong(what, 'its snapshot');
  }
  Y.applyUpdate(half, diff);
  if (shown(half) !== want) wrong('diff', shown(half));
  if (!Y.equalSnapshots(Y.snapshot(half), Y.snapshot(doc))) wrong('diff', 'its snapshot');
  Y.applyUpdate(doc, edited);
  const got = doc.getText('text').toString();
  if (got !== wish) wrong('edited', got, wish);
}

const asked = [];
const answers = frames(process.stdin);
let checked = 0;
async function settle() {
  const { value, done } = await answers.next();
  if (done) process.exit(2); // pad/yjs has found a fault itself
  const d = decoding.createDecoder(value);
  for (const question of asked.shift()) {
    check(d, question);
    checked++;
  }
}
try {
  for (let at = first; at < first + count; at += perFrame) {
    const batch = [];
    send((e) => { for (let n = at; n < Math.min(at + perFrame, first + count); n++) batch.push(ask(e, n)); });
    asked.push(batch);
    if (asked.length === underWay) await settle();
  }
  while (asked.length) await settle();
} catch (e) {
  console.error(e.message);
  process.exit(1);
}
console.error(`${checked} documents are the same to yjs and to pad/yjs`);
process.exit(0);
