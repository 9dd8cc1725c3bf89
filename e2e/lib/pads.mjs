// Stock y-websocket clients against the real program.
import WS from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import * as encoding from 'lib0/encoding';
import * as decoding from 'lib0/decoding';
import { until } from './until.mjs';

/** Calls the API; throws with the code of a refusal. */
export async function call(server, method, path, { access, body, raw } = {}) {
  const headers = {};
  if (access) headers.authorization = `Bearer ${access}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(server.origin + path, { method, headers, body: raw ?? (body === undefined ? undefined : JSON.stringify(body)) });
  if (!answer.ok) {
    const said = await answer.text();
    throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${said}`), { status: answer.status, said });
  }
  if (answer.status === 204) return null;
  return answer.headers.get('content-type') === 'application/json' ? answer.json() : answer;
}

/** Makes a pad on its own. */
export const newPad = (server, body = {}) => call(server, 'POST', '/api/v1/pads', { body });

/** One stock client of y-websocket, without events unless asked for. */
export class Client {
  events = [];

  constructor(server, id, access, { events = false, name, doc = new Y.Doc() } = {}) {
    this.doc = doc;
    this.text = doc.getText('text');
    const params = { access };
    if (events) params.events = '1';
    if (name) params.name = name;
    this.provider = new WebsocketProvider(`ws://localhost:${server.port}/ws/pad`, id, doc, {
      WebSocketPolyfill: WS, disableBc: true, maxBackoffTime: 300, params,
    });
    if (events) {
      this.provider.messageHandlers[100] = (_e, decoder) => this.events.push(JSON.parse(decoding.readVarString(decoder)));
    }
  }

  synced() { return until('a client is synced', () => this.provider.synced); }

  /** Sends an event of ours. */
  say(event) {
    const e = encoding.createEncoder();
    encoding.writeVarUint(e, 100);
    encoding.writeVarString(e, JSON.stringify(event));
    this.provider.ws.send(encoding.toUint8Array(e));
  }

  /** Resolves when all that was sent so far is on the disk. On a new connection the mark is said again. */
  async saved(n) {
    let asked = null;
    await until('it is saved', () => {
      const { ws, synced } = this.provider;
      if (synced && ws?.readyState === 1 && ws !== asked) {
        asked = ws;
        this.say({ t: 'mark', n });
      }
      return this.events.some((e) => e.t === 'saved' && e.n === n);
    });
  }

  /** Ends all of it: who is aware of others has a timer, which would keep the test's process alive. */
  close() {
    this.provider.destroy();
    this.provider.awareness.destroy();
  }
}

/** A random edit. No character outside the BMP: replicas of yjs itself may differ once such a one was cut in two. */
export function edit(client, rnd) {
  const t = client.text;
  const r = rnd(10);
  if (r < 7 || t.length < 5) t.insert(rnd(t.length + 1), ['a', 'né', '€ ', 'hello ', '\n'][rnd(5)]);
  else if (r < 9) t.delete(rnd(t.length - 3), 2);
  else {
    t.format(0, 2, { bold: rnd(2) === 0 ? true : null });
    client.doc.getMap('meta').set(`k${rnd(4)}`, { n: rnd(1e9), list: [1, 2.5, null, true, 'x'] });
  }
}

/** All of a document that two replicas must agree on. */
export const shown = (doc) => JSON.stringify([doc.getText('text').toDelta(), Object.entries(doc.getMap('meta').toJSON()).sort()]);
