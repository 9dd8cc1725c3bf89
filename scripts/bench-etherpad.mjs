// Etherpad for scripts/bench-pads.mjs: npm's only release of it, 1.8.14 of 2021, with its own dirty database, and writers who
// speak its protocol (socket.io 2, changesets). Each sends what was typed as soon as what it sent before is accepted; the
// page of Etherpad itself waits for half a second more.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Installs Etherpad in a folder, laid out as it wants to find itself: the package as src, and known to itself by its name. */
export function install(folder) {
  const modules = path.join(folder, 'packages/node_modules');
  if (!fs.existsSync(path.join(folder, 'src/node_modules'))) {
    fs.mkdirSync(path.join(folder, 'packages'), { recursive: true });
    fs.mkdirSync(path.join(folder, 'node_modules'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'packages/package.json'), '{}');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', '--ignore-scripts', 'ep_etherpad-lite@1.8.14', 'socket.io-client@2.5.0'], { cwd: path.dirname(modules) });
    fs.renameSync(path.join(modules, 'ep_etherpad-lite'), path.join(folder, 'src'));
    fs.symlinkSync('../src', path.join(folder, 'node_modules/ep_etherpad-lite'));
    fs.symlinkSync(modules, path.join(folder, 'src/node_modules'));
  }
  return { cwd: path.join(folder, 'src'), connect: createRequire(path.join(modules, '../package.json'))('socket.io-client') };
}

/** The settings that its server is started with. */
export function settings(file, port, data) {
  fs.writeFileSync(file, JSON.stringify({
    ip: '127.0.0.1', port, dbType: 'dirty', dbSettings: { filename: data }, loglevel: 'ERROR', defaultPadText: '\n',
    commitRateLimiting: { duration: 1, points: 10_000 },
  }));
  return ['node/server.js', '--settings', file];
}

const base36 = (n) => n.toString(36);

/** One writer. typed is called with an author and how many letters of theirs came. */
export class Writer {
  rev = 0;
  length = 0;
  waiting = 0; // letters typed and not sent
  sent = 0; // letters sent and not accepted

  constructor(connect, url, pad, typed) {
    this.socket = connect(url, { forceNew: true, transports: ['websocket'] });
    this.ready = new Promise((done) => this.socket.on('message', (m) => {
      if (m.type === 'CLIENT_VARS') {
        const { rev, initialAttributedText } = m.data.collab_client_vars;
        Object.assign(this, { rev, length: initialAttributedText.text.length, author: m.data.userId });
        done();
      } else if (m.type === 'COLLABROOM') this.heard(m.data, typed);
      else if (m.disconnect) throw new Error(`Etherpad says ${m.disconnect}`);
    }));
    this.socket.on('connect', () => this.socket.emit('message', {
      component: 'pad', type: 'CLIENT_READY', padId: pad, token: `t.${Math.random().toString(36).slice(2)}bench`, protocolVersion: 2,
    }));
  }

  heard(data, typed) {
    if (data.type === 'NEW_CHANGES') {
      const [, sign, many] = /^Z:\w+([<>])(\w+)/.exec(data.changeset);
      const n = parseInt(many, 36);
      this.length += sign === '>' ? n : -n;
      this.rev = data.newRev;
      typed(data.author, n);
    } else if (data.type === 'ACCEPT_COMMIT') {
      this.length += this.sent;
      this.rev = data.newRev;
      this.sent = 0;
      this.send();
    }
  }

  /** Types a letter at the pad's beginning. */
  type() {
    this.waiting++;
    this.send();
  }

  send() {
    if (this.sent > 0 || this.waiting === 0) return;
    const n = this.waiting;
    this.sent = n;
    this.waiting = 0;
    this.socket.emit('message', { type: 'COLLABROOM', component: 'pad', data: {
      type: 'USER_CHANGES', baseRev: this.rev, changeset: `Z:${base36(this.length)}>${base36(n)}*0+${base36(n)}$${'e'.repeat(n)}`,
      apool: { numToAttrib: { 0: ['author', this.author] }, nextNum: 1 },
    } });
  }
}
