/** Drops: /f makes a link, /f/TOKEN is what lies behind one. A lazy chunk. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { readJSON, write } from '../lib/storage';
import { ApiError, codeOf } from '../store/api';
import { go } from '../store/app';
import { Prefs, Top } from '../ui/parts';
import { adopt } from '../lib/adopt';
import { dropSpace, endDrop, getDrop, openDrop, unlockDrop, type DropInfo, type FileNode } from './api';
import { FileBrowser } from './browser';
import css from './files.lazy.css';
import { resuming } from './fetch';
import { Give } from './give';
import { FileIcon } from './icons';
import { noRoom, saveAs, tidy } from './save';
import { decodeKey, encodeKey, newKey, unseal } from './seal';
import { Shelf } from './shelf';
import { day, fileError, tf } from './text';

adopt(css);

/** A link that was made in this browser. */
interface Own {
  readonly manage: string;
  readonly url: string;
  readonly title: string;
  readonly key: string;
  readonly expires: string;
}

const OWN_MOST = 50;

const own = (): readonly Own[] => {
  const list = readJSON<unknown>('drops');
  const now = Date.now();
  return Array.isArray(list) ? list.filter((o): o is Own => typeof o?.manage === 'string' && typeof o?.url === 'string' && Date.parse(o.expires) > now) : [];
};

const keep = (list: readonly Own[]): void => write('drops', list.length ? JSON.stringify(list.slice(0, OWN_MOST)) : null);

const full = (o: Pick<Own, 'url' | 'key'>): string => location.origin + o.url + (o.key ? `#${o.key}` : '');

export function Drops({ token }: { token: string }) {
  return (
    <div class="page" data-test="page-drop">
      <Top home={() => go('/')} />
      <main class="drops">{token ? <Behind key={token} token={token} /> : <Make />}</main>
      <Prefs />
    </div>
  );
}

function Make() {
  const [receive, setReceive] = useState(false);
  const [sealed, setSealed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const secure = Boolean(globalThis.crypto?.subtle);
  const make = async (e: Event): Promise<void> => {
    e.preventDefault();
    const data = new FormData(form.current ?? undefined);
    setBusy(true);
    setFailed('');
    try {
      const key = sealed ? encodeKey(newKey()) : '';
      const title = sealed ? '' : String(data.get('title') ?? '').trim();
      const made = await openDrop({ title, days: Number(data.get('days')), password: String(data.get('password') ?? ''), downloads: Number(data.get('downloads') ?? 0), receive, sealed });
      const mine: Own = { manage: made.manage ?? '', url: made.url ?? '', title: title || String(data.get('title') ?? '').trim(), key, expires: made.expires ?? '' };
      keep([mine, ...own()]);
      go(`/f/${mine.manage}${key ? `#${key}` : ''}`);
    } catch (error) {
      setFailed(codeOf(error));
      setBusy(false);
    }
  };
  return (
    <>
      <div><h1>{tf('shareTitle')}</h1><p class="lead">{tf('shareLead')}</p></div>
      <form ref={form} class="card" onSubmit={(e) => void make(e)}>
        <fieldset class="kinds">
          <label><input type="radio" name="kind" data-test="drop-give" checked={!receive} onChange={() => setReceive(false)} />{tf('give')}</label>
          <label><input type="radio" name="kind" data-test="drop-receive" checked={receive} onChange={() => setReceive(true)} />{tf('receive')}</label>
        </fieldset>
        {receive && <p class="hint">{tf('receiveLead')}</p>}
        <div class="field"><label for="drop-title">{tf('dropTitle')}</label><input id="drop-title" name="title" class="input" data-test="drop-title" maxLength={100} autocomplete="off" /></div>
        <div class="two">
          <div class="field">
            <label for="drop-days">{tf('days')}</label>
            <select id="drop-days" name="days" class="select" data-test="drop-days" defaultValue="7">{[1, 3, 7, 30, 90].map((n) => <option key={n} value={n} selected={n === 7}>{tf('day', { count: n })}</option>)}</select>
          </div>
          <div class="field"><label for="drop-password">{tf('password')}</label><input id="drop-password" name="password" class="input" data-test="drop-password" type="text" maxLength={100} autocomplete="off" spellcheck={false} /></div>
        </div>
        {!receive && <div class="field"><label for="drop-downloads">{tf('downloads')}</label><input id="drop-downloads" name="downloads" class="input" data-test="drop-downloads" type="number" min={0} max={1000000} defaultValue="0" value={0} /></div>}
        <div>
          <label class="check"><input type="checkbox" data-test="drop-sealed" checked={sealed} disabled={!secure} onChange={(e) => setSealed(e.currentTarget.checked)} />{tf('sealed')}</label>
          <p class="hint">{tf(secure ? 'sealedLead' : 'sealedInsecure')}</p>
        </div>
        {failed && <p class="note bad" role="alert" data-test="drop-error" data-code={failed}>{fileError(failed)}</p>}
        <button class="btn go big" data-test="drop-make" disabled={busy}>{tf(busy ? 'creating' : 'create')}</button>
      </form>
      <Yours />
    </>
  );
}

function Yours() {
  const list = own();
  if (list.length === 0) return null;
  const to = (o: Own): string => `/f/${o.manage}${o.key ? `#${o.key}` : ''}`;
  return (
    <nav aria-labelledby="yours">
      <h2 id="yours" class="label">{tf('yours')}</h2>
      <ul class="yours">{list.map((o) => <li key={o.manage}><a class="btn small" data-test="own-drop" href={to(o)} onClick={(e) => { e.preventDefault(); go(to(o)); }}>{o.title || tf('unnamed')} · {tf('ends', { date: day(o.expires) })}</a></li>)}</ul>
    </nav>
  );
}

/** What lies behind a link. */
function Behind({ token }: { token: string }) {
  const [info, setInfo] = useState<DropInfo | null>(null);
  const [failed, setFailed] = useState('');
  const [ended, setEnded] = useState(false);
  const load = (): void => void getDrop(token).then(setInfo, (e: unknown) => setFailed(codeOf(e)));
  useEffect(() => {
    void tidy();
    load();
  }, [token]);
  if (ended) return <><p class="note" role="status" data-test="drop-ended">{tf('ended')}</p><p><a class="btn" href="/f">{tf('another')}</a></p></>;
  if (failed) return <><p class="note bad" role="alert" data-test="drop-error" data-code={failed}>{fileError(failed)}</p><p><a class="btn" href="/f">{tf('another')}</a></p></>;
  if (!info) return <p class="hint" role="status">{tf('loading')}</p>;
  if (info.locked) return <Locked token={token} opened={load} />;
  const key = info.sealed ? decodeKey(location.hash.slice(1)) : null;
  if (info.sealed && (!key || !globalThis.crypto?.subtle)) return <p class="note bad" role="alert" data-test="drop-error" data-code="key">{tf(key ? 'sealedInsecure' : 'keyMissing')}</p>;
  return <Opened token={token} info={info} cipher={key} ended={() => setEnded(true)} />;
}

function Locked({ token, opened }: { token: string; opened: () => void }) {
  const [failed, setFailed] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const open = async (e: Event): Promise<void> => {
    e.preventDefault();
    try {
      await unlockDrop(token, field.current?.value ?? '');
      opened();
    } catch (error) {
      setFailed(codeOf(error));
    }
  };
  return (
    <form class="card" onSubmit={(e) => void open(e)}>
      <h1>{tf('locked')}</h1>
      <div class="field"><label for="password">{tf('password').replace(/ \(.*\)/, '')}</label><input ref={field} id="password" class="input" data-test="unlock-password" type="password" autocomplete="off" /></div>
      {failed && <p class="note bad" role="alert" data-test="drop-error" data-code={failed}>{fileError(failed)}</p>}
      <button class="btn go" data-test="unlock">{tf('unlock')}</button>
    </form>
  );
}

function Opened({ token, info, cipher, ended }: { token: string; info: DropInfo; cipher: Uint8Array<ArrayBuffer> | null; ended: () => void }) {
  const shelf = useMemo(() => new Shelf(dropSpace(token), cipher), [token]);
  const [saving, setSaving] = useState('');
  const manage = info.kind === 'manage';
  const put = info.kind === 'put';
  useEffect(() => {
    if (put) { // nothing is seen; only sending
      shelf.listing.value = { path: [], entries: [], usage: { used: 0, quota: info.quota }, may: { write: true, manage: false } };
      shelf.queue.stays = true;
      void shelf.queue.restore();
    } else void shelf.start();
  }, [shelf]);
  const open = async (node: FileNode): Promise<void> => {
    if (!cipher || !node.url) return;
    try {
      const body = resuming(node.url);
      shelf.failed.value = '';
      await saveAs((save) => unseal(body, cipher, async (part, done, name) => {
        setSaving(tf('decrypting', { name: name.name, percent: name.size ? Math.floor((100 * done) / name.size) : 100 }));
        await save(part);
      }));
      setSaving('');
    } catch (error) {
      setSaving('');
      shelf.failed.value = error instanceof ApiError ? error.code : noRoom(error) ? 'no_space' : 'keyWrong';
    }
  };
  const thanks = put && shelf.queue.items.value.some((i) => i.state.value === 'done');
  const mine = manage ? own().find((o) => o.manage === token) : undefined;
  const end = async (): Promise<void> => {
    if (!(await shelf.act(() => endDrop(token))) && shelf.failed.value !== 'link_unknown') return;
    keep(own().filter((o) => o.manage !== token));
    ended();
  };
  return (
    <>
      <div>
        <h1>{info.title || mine?.title || tf('title')}</h1>
        {!manage && <p class="lead">{tf(put ? 'putLead' : 'getLead')}</p>}
        {cipher && <p class="sealed"><FileIcon name="lock" size={20} />{tf('sealedNote')}</p>}
        <p class="facts num">
          {info.expires && <span>{tf('ends', { date: day(info.expires) })}</span>}
          {manage && !info.receive && <span data-test="drop-count">{tf('downloadsSoFar', { count: info.downloads })}{info.most > 0 && ` / ${info.most}`}</span>}
        </p>
      </div>
      {mine && <Give link={full(mine)} />}
      {thanks && <p class="note" role="status" data-test="drop-thanks">{tf('thanks')}</p>}
      {saving && <p class="note" role="status" data-test="decrypting">{saving}</p>}
      <div class="card files-card"><FileBrowser shelf={shelf} unseal={(n) => void open(n)} /></div>
      {manage && <p><button type="button" class="btn bad" data-test="drop-end" onClick={() => void end()}><FileIcon name="trash" size={18} />{tf('endNow')}</button></p>}
      {!manage && !cipher && <p class="hint">{tf('privacy')}</p>}
    </>
  );
}
