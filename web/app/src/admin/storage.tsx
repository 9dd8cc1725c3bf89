/** What takes room, who holds most of it, and taking away what can be done without. No file is named. */
import { useState } from 'preact/hooks';
import { bytes, day, number, ta, taWord } from '../i18n/admin';
import { codeOf } from '../store/api';
import { get, post, type Freed, type Part, type Purged, type Share, type Storage } from './api';
import { Dial, Failed, useLoad } from './parts';

const SORTS = ['trash', 'versions', 'uploads', 'drops'] as const;
type Sort = (typeof SORTS)[number];
const AGES = [0, 7, 30, 90] as const;

export function StoragePage() {
  const s = useLoad(() => get<Storage>('/server/storage'));
  if (!s.data) return s.code ? <Failed code={s.code} /> : <p class="hint">{ta('admin.loading')}</p>;
  return (
    <>
      <h1>{ta('nav.storage')}</h1>
      <Failed code={s.code} />
      <section class="dials">
        <Dial label={ta('now.disk')} gauge={s.data.disk} show={bytes} free />
        <Dial label={ta('storage.files')} gauge={s.data.files} show={bytes} />
        <Dial label={ta('storage.database')} gauge={{ value: s.data.database, limit: 0 }} show={bytes} />
      </section>
      <Parts storage={s.data} />
      <Shares storage={s.data} />
      <Purge parts={s.data.parts} again={s.again} />
      <Snapshots storage={s.data} again={s.again} />
    </>
  );
}

/** A bar as wide as a share of the greatest. */
function Bar({ value, most, over = false }: { value: number; most: number; over?: boolean }) {
  return (
    <svg class={over ? 'size-bar bar-hot' : 'size-bar bar-cool'} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-ground" width="100" height="4" /><rect class="bar-fill" width={most > 0 ? Math.min(100, (100 * value) / most) : 0} height="4" />
    </svg>
  );
}

function Parts({ storage }: { storage: Storage }) {
  const parts = storage.parts.filter((p) => p.bytes > 0);
  const most = Math.max(0, ...parts.map((p) => p.bytes));
  return (
    <section class="card">
      <h2>{ta('storage.parts')}</h2>
      <p>{ta('storage.partsLead', { floor: bytes(storage.floor) })}</p>
      {parts.length === 0 && <p class="hint">{ta('storage.nothing')}</p>}
      <ul class="sizes" data-test="parts">{parts.map((p) => (
        <li key={p.code} data-test="part" data-code={p.code} data-bytes={p.bytes}>
          <span>{taWord('part', p.code)}{p.count > 0 && <span class="hint num"> {ta('storage.count', { count: number(p.count) })}</span>}</span>
          <span class="num">{bytes(p.bytes)}</span>
          <Bar value={p.bytes} most={most} />
        </li>
      ))}</ul>
    </section>
  );
}

function Shares({ storage }: { storage: Storage }) {
  return (
    <section class="card">
      <h2>{ta('storage.shares')}</h2>
      <p>{ta('storage.sharesLead')}</p>
      {storage.shares.length === 0 && <p class="hint">{ta('storage.noShares')}</p>}
      <ul class="sizes" data-test="shares">{storage.shares.map((x) => <OneShare key={x.kind + x.id} share={x} most={storage.shares[0]?.bytes ?? 0} />)}</ul>
      {storage.more > 0 && <p class="hint">{ta('storage.moreShares', { count: number(storage.more) })}</p>}
    </section>
  );
}

function OneShare({ share: x, most }: { share: Share; most: number }) {
  const { value, limit } = x.files;
  const inside = [
    limit > 0 ? ta('share.quota', { value: bytes(value), limit: bytes(limit) }) : value > 0 && ta('share.files', { value: bytes(value) }),
    ...(['versions', 'trash', 'uploads', 'pads', 'chat'] as const).map((k) => x[k] > 0 && ta(`share.${k}`, { value: bytes(x[k]) })),
  ].filter(Boolean).join(' · ');
  return (
    <li data-test="share" data-kind={x.kind} data-name={x.name}>
      <span class="size-who">{x.kind === 'everyone' ? ta('share.everyone') : <>{x.name || '–'} <span class="hint">{taWord('share', x.kind)}</span></>}</span>
      <span class="num">{bytes(x.bytes)}</span>
      <Bar value={x.bytes} most={most} over={limit > 0 && value > 0.9 * limit} />
      <span class="hint">{inside}</span>
    </li>
  );
}

function Purge({ parts, again }: { parts: readonly Part[]; again: () => void }) {
  const [what, setWhat] = useState<readonly Sort[]>([]);
  const [days, setDays] = useState(0);
  const [step, setStep] = useState<'choose' | 'sure' | 'busy'>('choose');
  const [code, setCode] = useState('');
  const [done, setDone] = useState<Purged | null>(null);
  const age = days ? ta('purge.days', { count: days }) : ta('purge.all');
  const sizeOf = (s: Sort): number => (s === 'drops' ? 0 : parts.find((p) => p.code === s)?.bytes ?? 0); // of drops only some have expired
  const choose = (s: Sort, on: boolean): void => { setWhat(SORTS.filter((x) => (x === s ? on : what.includes(x)))); setStep('choose'); setDone(null); };
  const run = async (): Promise<void> => {
    setStep('busy');
    setCode('');
    try {
      setDone(await post<Purged>('/server/storage/purge', { what, days }));
      setWhat([]);
    } catch (e) {
      setCode(codeOf(e));
    }
    setStep('choose');
    again();
  };
  return (
    <section class="card" aria-labelledby="purge">
      <h2 id="purge">{ta('purge.title')}</h2>
      <p>{ta('purge.lead')}</p>
      <fieldset class="purge-what" disabled={step === 'busy'}>
        <legend>{ta('purge.what')}</legend>
        {SORTS.map((s) => (
          <label key={s} class="check"><input type="checkbox" data-test={`purge-${s}`} checked={what.includes(s)} onChange={(e) => choose(s, e.currentTarget.checked)} />
            <span>{ta(`purge.${s}`)}{sizeOf(s) > 0 && <span class="hint num"> {bytes(sizeOf(s))}</span>}</span></label>
        ))}
      </fieldset>
      <div class="field">
        <label for="purge-age">{ta('purge.age')}</label>
        <select id="purge-age" class="select" data-test="purge-age" disabled={step === 'busy'} onChange={(e) => { setDays(Number(e.currentTarget.value)); setStep('choose'); }}>
          {AGES.map((d) => <option key={d} value={d} selected={d === days}>{d ? ta('purge.days', { count: d }) : ta('purge.all')}</option>)}
        </select>
      </div>
      {step === 'choose' && <button type="button" class="btn" data-test="purge" disabled={what.length === 0} onClick={() => setStep('sure')}>{ta('purge.go')}</button>}
      {step === 'sure' && (
        <div class="note bad purge-sure" role="alert">
          <p>{ta('purge.sure', { what: what.map((s) => ta(`purge.${s}`)).join(', '), age })}</p>
          <span class="row">
            <button type="button" class="btn danger" data-test="purge-sure" onClick={() => void run()}>{ta('admin.sure')}</button>
            <button type="button" class="btn" onClick={() => setStep('choose')}>{ta('admin.cancel')}</button>
          </span>
        </div>
      )}
      {step === 'busy' && <p class="hint" role="status">{ta('purge.busy')}</p>}
      <Failed code={code} />
      {done && <Report done={done} />}
    </section>
  );
}

function Report({ done }: { done: Purged }) {
  const trouble = (f: Freed): string => [f.stuck > 0 && ta('purge.stuck', { count: f.stuck }), f.more && ta('purge.more'), f.failed && ta('purge.failed')].filter(Boolean).join(' ');
  const well = done.freed.every((f) => !trouble(f));
  const some = done.freed.some((f) => f.count > 0);
  return (
    <div class={well ? 'note good' : 'note'} role="status" data-test="purged" data-bytes={done.bytes}>
      <strong>{some ? ta('purge.done', { bytes: bytes(done.bytes) }) : ta('purge.nothing')}</strong>
      <ul>{done.freed.filter((f) => f.count > 0 || trouble(f)).map((f) => (
        <li key={f.what}>{ta('purge.line', { what: taWord('purge', f.what), count: number(f.count), bytes: bytes(f.bytes) })} {trouble(f)}</li>
      ))}</ul>
    </div>
  );
}

function Snapshots({ storage, again }: { storage: Storage; again: () => void }) {
  const [code, setCode] = useState('');
  const make = (): void => void post('/server/snapshot').then(() => { setCode(''); again(); }, (e: unknown) => setCode(codeOf(e)));
  return (
    <section class="card">
      <h2>{ta('storage.snapshots')}</h2>
      <p>{ta('storage.lead')}</p>
      {storage.snapshots.length === 0 && <p class="hint">{ta('storage.none')}</p>}
      <ul class="rows" data-test="snapshots">{storage.snapshots.map((x) => <li key={x.name}><span>{day(x.created)}</span><span class="num">{bytes(x.size)}</span></li>)}</ul>
      <Failed code={code} />
      <button type="button" class="btn go" data-test="make-snapshot" onClick={make}>{ta('storage.make')}</button>
    </section>
  );
}
