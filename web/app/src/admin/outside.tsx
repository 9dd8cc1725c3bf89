/** Other servers: those that are told of meetings, and the one that keeps a copy. */
import { useState } from 'preact/hooks';
import { bytes, day, number, ta, taWord } from '../i18n/admin';
import { ApiError, codeOf } from '../store/api';
import { get, post, remove, seg, type List, type Mirror, type Webhook } from './api';
import { Failed, Field, Form, Once, Sure, useLoad } from './parts';

const MAX_URL = 1024;
const SLOWLY = 30;
const SOON = 3;

export function OutsidePage() {
  return <><h1>{ta('nav.outside')}</h1><Webhooks /><MirrorCard /></>;
}

function Webhooks() {
  const hooks = useLoad(() => get<List<Webhook>>('/webhooks'), SLOWLY);
  const [made, setMade] = useState<Webhook | null>(null);
  const add = async (f: FormData): Promise<void> => {
    try {
      setMade(await post<Webhook>('/webhooks', { url: String(f.get('url')).trim() }));
    } catch (e) {
      throw codeOf(e) === 'bad_message' ? new ApiError('webhook_url') : e;
    }
    hooks.again();
  };
  return (
    <section class="card" aria-labelledby="webhooks">
      <h2 id="webhooks">{ta('outside.hooks')}</h2>
      <p>{ta('outside.hooksLead')}</p>
      <Failed code={hooks.code} />
      {hooks.data?.items.length === 0 && <p class="hint">{ta('outside.noHooks')}</p>}
      <ul class="rows" data-test="webhooks">{hooks.data?.items.map((w) => <Hook key={w.id} hook={w} changed={hooks.again} />)}</ul>
      <Form key={made?.id ?? ''} name="webhook" submit={ta('outside.add')} run={add}>
        <Field name="url" type="url" label={ta('outside.url')} hint={ta('outside.urlHint')} required maxLength={MAX_URL} />
      </Form>
      {made?.secret && <Once label={ta('outside.secret')} text={made.secret} />}
    </section>
  );
}

function Hook({ hook: w, changed }: { hook: Webhook; changed: () => void }) {
  const [busy, setBusy] = useState(false);
  const [code, setCode] = useState('');
  const base = `/webhooks/${seg(w.id)}`;
  const test = (): void => {
    setBusy(true);
    void post(`${base}/test`).then(() => setCode(''), (e: unknown) => setCode(codeOf(e))).then(() => { setBusy(false); changed(); });
  };
  const bad = Boolean(w.last?.reason);
  const how = w.last && (bad ? taWord('hook', w.last.reason, { status: w.last.status }) : ta('hook.taken', { status: w.last.status }));
  return (
    <li data-test="webhook" data-last={w.last ? w.last.reason || 'taken' : 'never'}>
      <span class="hook-what">
        <span class="hook-url">{w.url}</span>
        <span class={bad ? 'hint hook-bad' : 'hint'} role="status">{busy ? ta('outside.testing') : w.last ? ta('hook.last', { date: day(w.last.at), how: how ?? '' }) : ta('hook.never')}</span>
        {w.waiting > 0 && <span class="hint">{ta('outside.waiting', { count: number(w.waiting) })}</span>}
        <Failed code={code} />
      </span>
      <span class="row">
        <button type="button" class="btn small" data-test="webhook-test" aria-label={ta('outside.testOf', { url: w.url })} disabled={busy} onClick={test}>{ta('outside.test')}</button>
        <Sure test="webhook-remove" label={ta('outside.remove')} question={ta('outside.removeSure', { url: w.url })} run={async () => { await remove(base); changed(); }} />
      </span>
    </li>
  );
}

function MirrorCard() {
  const [soon, setSoon] = useState(false);
  const mirror = useLoad(async () => {
    const m = await get<Mirror>('/server/mirror');
    setSoon(m.running);
    return m;
  }, soon ? SOON : SLOWLY, String(soon));
  const [code, setCode] = useState('');
  const m = mirror.data;
  const run = (): void => void post<Mirror>('/server/mirror').then((x) => { setCode(''); setSoon(x.running); mirror.again(); }, (e: unknown) => setCode(codeOf(e)));
  return (
    <section class="card" aria-labelledby="mirror" data-test="mirror" data-state={m ? stateOf(m) : 'loading'}>
      <h2 id="mirror">{ta('outside.mirror')}</h2>
      <p>{ta('outside.mirrorLead')}</p>
      <Failed code={mirror.code} />
      {m && !m.configured && <p class="hint">{ta('outside.noMirror')}</p>}
      {m?.configured && <State mirror={m} />}
      <Failed code={code} />
      {m?.configured && <button type="button" class="btn" data-test="mirror-run" disabled={m.running} onClick={run}>{ta('outside.run')}</button>}
    </section>
  );
}

function stateOf(m: Mirror): 'off' | 'running' | 'never' | 'whole' | 'broken' {
  if (!m.configured) return 'off';
  if (m.running) return 'running';
  if (!m.ended) return 'never';
  return m.whole ? 'whole' : 'broken';
}

/** What failed is said in the server's own words, in English. */
function State({ mirror: m }: { mirror: Mirror }) {
  const state = stateOf(m);
  if (state === 'never' || state === 'off') return <p class="hint">{ta('outside.never')}</p>;
  const at = state === 'running' ? m.started : m.ended;
  return (
    <>
      <p class={state === 'broken' ? 'note bad' : state === 'whole' ? 'note good' : 'note'} role="status">{ta(`outside.${state}`, { date: at ? day(at) : '…' })}</p>
      <p class="num">{ta('outside.sums', { files: number(m.files), bytes: bytes(m.bytes), kept: number(m.kept), deleted: number(m.deleted), failed: number(m.failed) })}</p>
      {m.failures.length > 0 && <ul class="rows">{m.failures.map((f) => <li key={f.folder + f.text}><span>{f.folder && ta('outside.failure', { folder: f.folder, count: f.files })} <span lang="en">{f.text}</span></span></li>)}</ul>}
    </>
  );
}
