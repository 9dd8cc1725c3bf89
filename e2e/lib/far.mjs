// A line of one's own: the browsers are in this process's network namespace, the server in another, and between them is a cable
// whose rate and loss can be set. The server takes who comes over it for somebody on the Internet.
import { execFileSync, spawn } from 'node:child_process';
import net from 'node:net';

export const HOME = '10.9.0.1'; // where the server is
const FAR = '10.9.0.2';

function run(command, ...args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * Runs a file again in a network namespace of its own, which ends with it, and answers its exit status. A user who is not root
 * gets a user namespace too.
 */
export function runFar(file) {
  const env = { ...process.env, FAR: '1' };
  delete env.NODE_TEST_CONTEXT; // it reports by itself
  const child = spawn('unshare', [process.getuid() === 0 ? '-n' : '-rn', process.execPath, '--test-reporter=spec', file], { env, stdio: 'inherit' });
  return new Promise((done, fail) => child.on('error', fail).on('exit', (code) => done(code)));
}

/** The cable, and the namespace at its other end. */
export class Cable {
  #up = false; // whether what goes to the server is narrow, too

  /** before: the command that runs another one at home. */
  static async lay() {
    const cable = new Cable();
    run('ip', 'link', 'set', 'lo', 'up');
    cable.keeper = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec sleep infinity'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((done) => cable.keeper.stdout.once('data', done));
    cable.before = ['nsenter', '-t', String(cable.keeper.pid), '-n'];
    run('ip', 'link', 'add', 'far', 'type', 'veth', 'peer', 'name', 'home', 'netns', String(cable.keeper.pid));
    // Addresses without a network around them: whoever is in a network of the server's counts as in the house.
    for (const [where, dev, own, other] of [[[], 'far', FAR, HOME], [cable.before, 'home', HOME, FAR]]) {
      const at = (...args) => run(...where, ...args);
      at('ip', 'addr', 'add', `${own}/32`, 'dev', dev);
      at('ip', 'link', 'set', dev, 'up');
      if (where.length > 0) at('ip', 'link', 'set', 'lo', 'up');
      at('ip', 'route', 'add', other, 'dev', dev);
      at('ip', 'route', 'add', 'default', 'dev', dev); // browsers look for one
    }
    return cable;
  }

  /** Leads localhost at this port to the server: pages get camera and microphone on localhost only. */
  async lead(port) {
    this.door = net.createServer((from) => {
      const to = net.connect(port, HOME);
      for (const [a, b] of [[from, to], [to, from]]) a.on('error', () => b.destroy()).pipe(b);
    });
    await new Promise((done) => this.door.listen(port, 'localhost', done));
    return { host: '', port, before: this.before };
  }

  /** What the server tells its own machine of itself. */
  metric(port, name) {
    const text = run(...this.before, 'curl', '-sf', `http://localhost:${port}/metrics`);
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  }

  /** What comes through from the server, in kbit/s, with a queue of 300 ms; 0 for as much as there is. up: and to it. */
  carries(kbits, { up = false } = {}) {
    for (const [where, dev] of [[this.before, 'home'], ...(up || this.#up ? [[[], 'far']] : [])]) {
      const at = (...args) => run(...where, 'tc', 'qdisc', ...args);
      if (this.narrow) at('del', 'dev', dev, 'root');
      if (kbits > 0) at('add', 'dev', dev, 'root', 'tbf', 'rate', `${kbits}kbit`, 'burst', '4kb', 'latency', '300ms');
    }
    this.narrow = kbits > 0;
    this.#up = up && this.narrow;
  }

  /** Loses that share of the media's packets, in percent, each way. */
  loses(percent) {
    for (const where of [[], this.before]) {
      if (this.lossy) run(...where, 'nft', 'delete', 'table', 'inet', 'lossy');
      if (percent === 0) continue;
      run(...where, 'nft', 'add', 'table', 'inet', 'lossy');
      run(...where, 'nft', 'add', 'chain', 'inet', 'lossy', 'in', '{ type filter hook input priority 0; }');
      run(...where, 'nft', 'add', 'rule', 'inet', 'lossy', 'in', 'meta', 'l4proto', 'udp', 'numgen', 'random', 'mod', '100', '<', String(percent), 'drop');
    }
    this.lossy = percent > 0;
  }

  close() {
    this.door?.close();
    this.keeper?.kill();
  }
}
