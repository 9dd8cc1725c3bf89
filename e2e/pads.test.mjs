// Pads: stock y-websocket clients against the real program.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WS from 'ws';
import * as Y from 'yjs';
import { chance } from './lib/chance.mjs';
import { Client, call, edit, newPad, shown } from './lib/pads.mjs';
import { Server } from './lib/server.mjs';
import { until } from './lib/until.mjs';

let server;
before(async () => { server = await Server.start(); });
after(() => server.stop());

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const same = (clients) => until('all have the same document', () => clients.every((c) => c.provider.synced && shown(c.doc) === shown(clients[0].doc)), 20_000);

test('fifteen stock clients, offline edits, mass reconnects and kill -9: one document, nothing acknowledged lost', async () => {
  const s = await Server.start();
  const { pad, links } = await newPad(s, { title: 'Essai', text: 'À nous tous.\n' });
  const clients = Array.from({ length: 15 }, (_, i) => new Client(s, pad.id, links.write, { name: `P${i}`, events: true }));
  const reference = new Y.Doc(); // yjs alone, with all that anybody wrote
  for (const c of clients) c.doc.on('update', (u, origin) => { if (origin !== c.provider) Y.applyUpdate(reference, u); });
  await Promise.all(clients.map((c) => c.synced()));
  const rnd = chance(42);
  let mark = 0;
  for (let round = 0; round < 2; round++) {
    for (let k = 0; k < 15; k++) {
      for (const c of clients) {
        edit(c, rnd);
        if (rnd(20) === 0) c.provider.ws?.close(); // one connection in twenty is lost
      }
      if (k === 10) clients[round].provider.disconnect(); // and goes on alone
      await pause(5);
    }
    clients[round].provider.connect();
    await Promise.all(clients.map((c) => c.synced()));
    mark++;
    await clients[14].saved(mark);
    const acknowledged = clients[14].text.toString().length;
    for (const c of clients) edit(c, rnd); // on their way when the power goes
    await s.stop('SIGKILL');
    for (const c of clients) edit(c, rnd);
    await s.run();
    await same(clients);
    assert.ok(acknowledged > 0);
  }
  // Nobody comes back: only what was called saved may count.
  await Promise.all(clients.map((c, i) => c.saved(100 + i)));
  const want = shown(clients[0].doc);
  const full = clients[0].text.toString();
  clients.forEach((c) => c.close());
  await s.stop('SIGKILL');
  await s.run();
  const late = new Client(s, pad.id, links.write);
  await late.synced();
  assert.equal(shown(late.doc), want);
  Y.applyUpdate(reference, Y.encodeStateAsUpdate(late.doc));
  assert.equal(reference.getText('text').toString(), full, 'yjs alone has the same text');
  assert.equal((await call(s, 'GET', `/api/v1/pads/${pad.id}/text`, { access: links.write })).text, full);
  const { steps } = await call(s, 'GET', `/api/v1/pads/${pad.id}/history`, { access: links.write });
  const log = steps.reduce((sum, st) => sum + st.size, 0);
  const state = Y.encodeStateAsUpdate(late.doc).length;
  assert.ok(log <= 2 * state + 2 ** 20, `the log has ${log} bytes, the document ${state}`);
  late.close();
  await s.stop();
});

test('names and colours are the server’s; awareness comes back, and goes when somebody leaves', async () => {
  const { pad, links } = await newPad(server);
  const [ana, ben] = ['Ana', 'Ben'].map((name) => new Client(server, pad.id, links.write, { name, events: true }));
  await Promise.all([ana.synced(), ben.synced()]);
  ana.provider.awareness.setLocalState({ user: { name: 'Ben', color: 'red' }, cursor: { at: 3 } });
  await until('Ben sees Ana', () => ben.provider.awareness.getStates().get(ana.doc.clientID)?.cursor);
  const seen = ben.provider.awareness.getStates().get(ana.doc.clientID);
  assert.equal(seen.user.name, 'Ana');
  assert.match(seen.user.color, /^#/);
  assert.ok(seen.user.guest);
  ana.close();
  await until('Ana is gone', () => !ben.provider.awareness.getStates().has(ana.doc.clientID));
  ben.close();
});

test('rights: readers are refused with the protocol’s message, commenters write comments only, a revoked link ends', async () => {
  const { pad, links } = await newPad(server, { text: 'fixed' });
  const path = `/api/v1/pads/${pad.id}`;
  const link = (right) => call(server, 'POST', `${path}/links`, { access: links.own, body: { right } });
  const [reads, comments] = [await link('read'), await link('comment')];
  const writer = new Client(server, pad.id, links.write, { events: true });
  const reader = new Client(server, pad.id, reads.access, { events: true });
  const commenter = new Client(server, pad.id, comments.access, { events: true });
  await Promise.all([writer.synced(), reader.synced(), commenter.synced()]);
  commenter.doc.getMap('comments').set('t1', 'a remark');
  await until('the remark arrives', () => writer.doc.getMap('comments').get('t1') === 'a remark');
  let denied = 0;
  reader.provider.messageHandlers[2] = () => { denied++; };
  commenter.provider.messageHandlers[2] = () => { denied++; };
  reader.text.insert(0, 'intruder ');
  commenter.text.insert(0, 'intruder ');
  await until('both are refused', () => denied === 2);
  reader.say({ t: 'mark', n: 5 });
  await until('it is not called saved', () => reader.events.some((e) => e.t === 'refused' && e.n === 5));
  assert.equal(writer.text.toString(), 'fixed');
  await assert.rejects(call(server, 'PATCH', path, { access: reads.access, body: { title: 'mine' } }), { status: 403 });
  await assert.rejects(call(server, 'GET', path), { status: 404 });
  await assert.rejects(call(server, 'GET', path, { access: 'k.AAAAAAAAAAAAAAAAAAAAAA' }), { status: 404 });
  await call(server, 'DELETE', `${path}/links/${reads.n}`, { access: links.own });
  await until('the reader is told', () => reader.events.some((e) => e.t === 'bye' && e.code === 'forbidden'));
  await until('and does not come back', () => !reader.provider.shouldConnect && !reader.provider.wsconnected);
  [writer, reader, commenter].forEach((c) => c.close());
});

test('malformed messages end their own connection; 10 MB are refused, a million characters are not; fifty people', async () => {
  const { pad, links } = await newPad(server);
  const good = new Client(server, pad.id, links.write, { events: true });
  await good.synced();
  const throwIn = (data) => new Promise((done) => {
    const ws = new WS(`ws://localhost:${server.port}/ws/pad/${pad.id}?access=${links.write}`);
    ws.on('open', () => ws.send(data));
    ws.on('close', (code) => done(code));
    ws.on('error', () => {});
  });
  for (const bad of [[0, 2, 200], [0, 2, 255, 255, 255, 255, 15], [0, 7], [9], [1, 3, 1, 1, 1], Array(50).fill(0x80), [0, 2, 5, 1, 1, 1, 0, 31], [100, 2, 123, 125, 1]]) {
    assert.equal(await throwIn(Uint8Array.from(bad)), 4422, JSON.stringify(bad));
  }
  const big = new Client(server, pad.id, links.write, { events: true });
  await big.synced();
  big.text.insert(0, 'x'.repeat(10 * 2 ** 20));
  await until('the paste is refused', () => big.events.some((e) => e.t === 'bye' && e.code === 'too_big'));
  big.close();
  good.text.insert(0, 'y'.repeat(1_000_000));
  await good.saved(1);
  const crowd = Array.from({ length: 50 }, () => new Client(server, pad.id, links.write));
  await Promise.all(crowd.map((c) => c.synced()));
  crowd.forEach((c, i) => c.text.insert(i, '.'));
  await until('all have all', () => crowd.every((c) => c.text.length === 1_000_050), 30_000);
  crowd.forEach((c) => c.close());
  good.close();
});

test('history, versions, restore, search, deletion', async () => {
  const host = await server.room('salon');
  const access = `host.salon.${host}`;
  const made = await call(server, 'POST', '/api/v1/pads', { access, body: { room: 'salon', title: 'Compte rendu', main: true } });
  const again = await call(server, 'POST', '/api/v1/pads', { access, body: { room: 'salon', main: true } });
  assert.equal(again.pad.id, made.pad.id, 'a room has one pad of its own');
  const path = `/api/v1/pads/${made.pad.id}`;
  const c = new Client(server, made.pad.id, access, { events: true, name: 'Zoé' });
  await c.synced();
  c.text.insert(0, 'La crêpe est prête. ');
  await c.saved(1);
  const v = await call(server, 'POST', `${path}/versions`, { access, body: { name: 'First' } });
  await pause(300);
  c.text.delete(0, c.text.length);
  c.text.insert(0, 'Rien.');
  await c.saved(2);
  const { steps } = await call(server, 'GET', `${path}/history`, { access });
  const first = await call(server, 'GET', `${path}/history/${steps[0].n}?format=text`, { access });
  assert.equal(first.text, 'La crêpe est prête. ');
  const raw = await call(server, 'GET', `${path}/history/${steps[0].n}`, { access });
  const then = new Y.Doc();
  Y.applyUpdate(then, new Uint8Array(await raw.arrayBuffer()));
  assert.equal(then.getText('text').toString(), first.text);
  await call(server, 'POST', `${path}/restore`, { access, body: { version: v.n } });
  await until('everybody sees it', () => c.text.toString() === first.text);
  const { authors, clients } = await call(server, 'GET', `${path}/authors`, { access });
  assert.equal(authors.find((a) => a.n === clients[c.doc.clientID]).name, 'Zoé');
  const search = async (q) => (await call(server, 'GET', `/api/v1/pads?room=salon&q=${encodeURIComponent(q)}`, { access })).pads;
  await until('the search knows it', async () => (await search('creperie OR')).length === 0 && (await search('crep'))[0]?.id === made.pad.id, 40_000);
  assert.deepEqual((await search('crep'))[0].snippet.filter(([, match]) => match).map(([text]) => text), ['crêpe']);
  await call(server, 'DELETE', path, { access });
  await until('the page is told', () => c.events.some((e) => e.t === 'bye' && e.code === 'pad_unknown'));
  await assert.rejects(call(server, 'GET', path, { access }), { status: 404 });
  assert.equal((await search('')).length, 0);
  c.close();
});

test('files out and in, a published page, links between pads', async () => {
  const host = await server.room('wiki');
  const access = `host.wiki.${host}`;
  const make = async (title, text) => (await call(server, 'POST', '/api/v1/pads', { access, body: { room: 'wiki', title, text } })).pad;
  const garden = await make('Jardin', '# Tomates\n\nSemer en mars.\n\n## Eau\n\n### Combien\n\n<script>alert(1)</script>\n');
  const index = await make('Accueil', '# Bienvenue\n\nVoir [[Jardin]] et [[Cave]].\n');
  for (const format of ['md', 'txt', 'html', 'odt', 'docx', 'yjs']) {
    const answer = await call(server, 'GET', `/api/v1/pads/${garden.id}/export?format=${format}`, { access });
    assert.match(answer.headers.get('content-disposition'), /^attachment; filename=Jardin\./);
    const file = new Uint8Array(await answer.arrayBuffer());
    if (format === 'yjs') continue;
    await call(server, 'POST', `/api/v1/pads/${index.id}/import?name=a.${format}`, { access, raw: file });
    const { text } = await call(server, 'GET', `/api/v1/pads/${index.id}/text`, { access });
    assert.match(text, /Semer en mars\./, format);
    if (format !== 'txt') assert.match(text, /^# Tomates$/m, format);
  }
  await assert.rejects(call(server, 'POST', `/api/v1/pads/${index.id}/import?name=a.docx`, { access, raw: 'no zip' }), { status: 400 });
  await call(server, 'POST', `/api/v1/pads/${index.id}/import?name=a.md`, { access, raw: '# Bienvenue\n\nVoir [[Jardin]] et [[Cave]].\n' });
  const published = [];
  for (const p of [garden, index]) published.push((await call(server, 'POST', `/api/v1/pads/${p.id}/publish`, { access })).published);
  const page = async (path) => fetch(server.origin + path);
  const first = await page(published[0]);
  assert.match(first.headers.get('content-security-policy'), /default-src 'none'/);
  const html = await first.text();
  assert.match(html, /<h1 id="tomates">/);
  assert.match(html, /<nav /);
  assert.doesNotMatch(html, /<script/);
  assert.match(await (await page(published[1])).text(), new RegExp(`<a href="${published[0]}"[^>]*>Jardin</a> et Cave`));
  await call(server, 'DELETE', `/api/v1/pads/${garden.id}/publish`, { access });
  assert.equal((await page(published[0])).status, 404);
});

test('Etherpad’s own client works', async () => {
  const apikey = 'a-key-for-the-test-of-etherpad';
  const s = await Server.start(['--pads-etherpad-key', apikey]);
  const { connect } = (await import('etherpad-lite-client')).default;
  const api = connect({ apikey, host: 'localhost', port: s.port });
  const ask = (name, args = {}) => new Promise((done, fail) => api.call(name, args, (error, data) => (error ? fail(Object.assign(new Error(error.message), error)) : done(data))));
  await ask('createPad', { padID: 'équipe', text: 'Bonjour' });
  await assert.rejects(ask('createPad', { padID: 'équipe' }), { code: 1 });
  assert.equal((await ask('getText', { padID: 'équipe' })).text, 'Bonjour');
  await ask('setText', { padID: 'équipe', text: '# Titre\n' });
  await ask('appendText', { padID: 'équipe', text: 'suite\n' });
  assert.equal((await ask('getText', { padID: 'équipe' })).text, '# Titre\nsuite\n');
  assert.match((await ask('getHTML', { padID: 'équipe' })).html, /<h1[^>]*>Titre<\/h1>/);
  assert.deepEqual((await ask('listAllPads')).padIDs, ['équipe']);
  assert.equal((await ask('getRevisionsCount', { padID: 'équipe' })).revisions, 3);
  const { readOnlyID } = await ask('getReadOnlyID', { padID: 'équipe' });
  assert.match(readOnlyID, /^k\./);
  await ask('deletePad', { padID: 'équipe' });
  await assert.rejects(ask('getText', { padID: 'équipe' }), { code: 1 });
  await assert.rejects(ask('nonsense'), { code: 3 });
  const wrong = connect({ apikey: 'wrong', host: 'localhost', port: s.port });
  await assert.rejects(new Promise((done, fail) => wrong.call('listAllPads', {}, (e, d) => (e ? fail(e) : done(d)))), { code: 4 });
  assert.equal((await fetch(`${s.origin}/api/v1/nonsense`)).status, 404);
  assert.equal((await fetch(`${server.origin}/api/1/listAllPads?apikey=`)).status, 404, 'without a key there is no such API');
  await s.stop();
});
