// The real program, as a process of its own with its own data folder on free ports.
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import fs from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { until } from './until.mjs';

export const BINARY = path.resolve(import.meta.dirname, '../../bin/tablee');

export class Server {
  #process = null;
  #options;
  log = '';

  constructor({ port, mediaPort, data, options, host = 'localhost', before = [] }) {
    Object.assign(this, { port, mediaPort, data, host, before, origin: `http://localhost:${port}` });
    this.#options = options;
  }

  /**
   * Starts a server with an empty data folder. options are further command line options; elsewhere says that it listens at
   * another host, which somebody leads localhost to, and by which command it gets there (before).
   */
  static async start(options = [], elsewhere = {}) {
    const server = new Server({
      port: elsewhere.port ?? await freePort(),
      mediaPort: await freeMediaPort(),
      data: await fs.mkdtemp(path.join(os.tmpdir(), 'tablee-e2e-')),
      options,
      ...elsewhere,
    });
    await server.run();
    return server;
  }

  /** Starts the process, again after a stop, and returns when it is ready. */
  async run() {
    const args = [...this.before, BINARY, 'serve', '--listen', `${this.host}:${this.port}`, '--media-port', String(this.mediaPort),
      '--data', this.data, ...this.#options];
    const child = spawn(args[0], args.slice(1), { cwd: this.data, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    this.exited = new Promise((done) => child.on('exit', (code, signal) => done({ code, signal })));
    child.on('error', (e) => { this.log += `${e}\n`; });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => { this.log += d; });
    await until(`the server is ready\n${this.log}`, async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${this.log}`);
      return (await fetch(`${this.origin}/healthz`)).ok;
    });
  }

  /** The process that runs now. */
  get pid() { return this.#process.pid; }

  /** Opens a room by the API, and returns its host token. */
  async room(name) {
    const answer = await fetch(`${this.origin}/api/v1/rooms`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }),
    });
    if (!answer.ok) throw new Error(`opening ${name}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()).host;
  }

  /** Ends the process by a signal and says how it ended. */
  async stop(signal = 'SIGTERM') {
    this.#process.kill(signal);
    return this.exited;
  }

  /** Stops for good, and removes what it kept. */
  async close() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const forced = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
      await this.stop();
      clearTimeout(forced);
    }
    await fs.rm(this.data, { recursive: true, force: true });
  }
}

export function freePort() {
  return new Promise((done, fail) => {
    const s = net.createServer().on('error', fail).listen(0, 'localhost', () => {
      const { port } = s.address();
      s.close(() => done(port));
    });
  });
}

function freeMediaPort() {
  return new Promise((done, fail) => {
    const s = dgram.createSocket('udp4').on('error', fail).bind(0, () => {
      const { port } = s.address();
      s.close(() => done(port));
    });
  });
}
