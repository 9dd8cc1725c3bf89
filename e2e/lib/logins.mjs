// Who else says who somebody is: the OpenID provider of the Go tests, and a real slapd, as processes of their own.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './server.mjs';
import { until } from './until.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Starts the provider; its client comes back to this server. The answer has its issuer, and close. */
export async function startProvider(origin) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'tablee-op-'));
  const binary = path.join(folder, 'provider');
  execFileSync('go', ['build', '-o', binary, './e2e/provider'], { cwd: ROOT });
  const child = spawn(binary, [`${origin}/api/v1/login/provider/back`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (d) => { said += d; });
  const issuer = await until('the provider says where it is', () => /^http:\S+/.exec(said)?.[0]);
  return { issuer, close: async () => { child.kill(); await fs.rm(folder, { recursive: true }); } };
}

const BASE = 'dc=example,dc=org';
const LDIF = `dn: ${BASE}
objectClass: dcObject
objectClass: organization
o: home
dc: example

dn: uid=carl,${BASE}
objectClass: inetOrgPerson
uid: carl
cn: Carl Noir
sn: Noir
userPassword: le mot de Carl
`;

/** Starts a directory that knows carl. The answer has the options of a server that asks it, and stop. */
export async function startDirectory() {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'slapd-'));
  const at = (name) => path.join(folder, name);
  await fs.mkdir(at('db'));
  const schemas = ['core', 'cosine', 'inetorgperson'].map((s) => `include /etc/ldap/schema/${s}.schema\n`).join('');
  await fs.writeFile(at('slapd.conf'), `${schemas}modulepath /usr/lib/ldap\nmoduleload back_mdb\ndatabase mdb\nmaxsize 16777216\nsuffix ${BASE}\ndirectory ${at('db')}\n`);
  await fs.writeFile(at('people.ldif'), LDIF);
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }; // where Debian keeps it
  execFileSync('slapadd', ['-f', at('slapd.conf'), '-l', at('people.ldif')], { env, stdio: 'pipe' });
  const port = await freePort();
  const child = spawn('slapd', ['-d', '0', '-f', at('slapd.conf'), '-h', `ldap://127.0.0.1:${port}`], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const gone = new Promise((done) => child.on('exit', done));
  await until('the directory answers', () => new Promise((done, fail) => {
    const s = net.connect(port, '127.0.0.1', () => { s.destroy(); done(true); }).on('error', fail);
  }));
  const stop = async () => { child.kill('SIGKILL'); await gone; await fs.rm(folder, { recursive: true, force: true }); };
  return { options: ['--ldap-url', `ldap://127.0.0.1:${port}`, '--ldap-name', 'Tournesol', '--ldap-base', BASE], stop };
}
