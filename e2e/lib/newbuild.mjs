// A server whose build can be changed under a browser: a proxy before the real one, which gives the main script another
// name from then on, in the page, in the service worker and in whatever imports it, as a build with other contents does.
import http from 'node:http';
import net from 'node:net';
import { freePort } from './server.mjs';

const NEXT = 'NEXTBLD1';
const MAIN = /main-[A-Z0-9]{8}\.js/g;

export class NewBuild {
  #server;
  #sockets = new Set();
  changed = false;

  constructor(server) {
    this.server = server;
  }

  async start() {
    this.port = await freePort();
    this.origin = `http://localhost:${this.port}`;
    this.#server = http.createServer((q, a) => this.#answer(q, a));
    this.#server.on('connection', (s) => this.#keep(s));
    this.#server.on('upgrade', (q, socket, head) => this.#upgrade(q, socket, head));
    await new Promise((done) => this.#server.listen(this.port, 'localhost', done));
    return this;
  }

  close() {
    for (const s of this.#sockets) s.destroy();
    return new Promise((done) => this.#server.close(done));
  }

  #keep(s) {
    this.#sockets.add(s);
    s.on('close', () => this.#sockets.delete(s));
    s.on('error', () => {});
  }

  async #answer(q, a) {
    const next = q.url.includes(NEXT);
    if (q.url.search(MAIN) >= 0 && next !== this.changed) return a.writeHead(404).end(); // a build has its own files only
    const url = next ? `/assets/${this.main}` : q.url;
    const up = http.request({ host: 'localhost', port: this.server.port, path: url, method: q.method, headers: { ...q.headers, 'accept-encoding': 'identity' } }, (r) => {
      if (!/javascript|html/.test(r.headers['content-type'] ?? '')) {
        a.writeHead(r.statusCode, r.headers);
        return r.pipe(a);
      }
      const parts = [];
      r.on('data', (d) => parts.push(d));
      r.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if (q.url.startsWith('/p')) this.main ??= text.match(MAIN)?.[0];
        const body = this.changed ? text.replace(MAIN, `main-${NEXT}.js`).replace(/"tablee-pads-[0-9a-f]+/, `$&${NEXT}`) : text;
        const { 'content-length': _, etag: __, ...headers } = r.headers;
        a.writeHead(r.statusCode, headers).end(body);
      });
    });
    up.on('error', () => a.destroy()); // the server is away
    q.pipe(up);
  }

  #upgrade(q, socket, head) {
    const up = net.connect(this.server.port, 'localhost', () => {
      const lines = [`${q.method} ${q.url} HTTP/1.1`];
      for (let i = 0; i < q.rawHeaders.length; i += 2) lines.push(`${q.rawHeaders[i]}: ${q.rawHeaders[i + 1]}`);
      up.write(`${lines.join('\r\n')}\r\n\r\n`);
      up.write(head);
      socket.pipe(up).pipe(socket);
    });
    this.#keep(up);
    for (const [one, other] of [[up, socket], [socket, up]]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }
}

/** The name of the main script that the page was loaded with. */
export const mainOf = (visitor) => visitor.evaluate(() => document.querySelector('script[type="module"]').getAttribute('src'));
