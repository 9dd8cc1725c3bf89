/** Is it on, is it hot, is something wrong, what do I do. And what the server did, who reaches it. */
import { bytes, day, mbit, number, span, ta, taWord } from '../i18n/admin';
import { get, type Check, type History, type Line, type List, type Notice, type Now } from './api';
import { Dial, Failed, Plot, useLoad } from './parts';
import { checkText, checkTitle } from './words';
import { lang } from '../i18n';

const EVERY = 5;
const SLOWLY = 30;

export function NowPage() {
  const now = useLoad(() => get<Now>('/server/now'), EVERY);
  const past = useLoad(() => get<History>('/server/history'), SLOWLY);
  const health = useLoad(() => get<{ notices: readonly Notice[] }>('/server/health'), SLOWLY);
  if (!now.data) return now.code ? <Failed code={now.code} /> : <p class="hint">{ta('admin.loading')}</p>;
  const n = now.data;
  const percent = (v: number): string => `${number(v)} %`;
  return (
    <>
      <Failed code={now.code} />
      <Health notices={health.data?.notices ?? null} />
      <section class="dials">
        <Dial label={ta('now.people')} gauge={n.people} show={(v) => number(v)} />
        <Dial label={ta('now.uplink')} gauge={n.uplink} show={mbit} />
        <Dial label={ta('now.cpu')} gauge={n.cpu} show={percent} />
        <Dial label={ta('now.memory')} gauge={n.memory} show={bytes} />
        <Dial label={ta('now.disk')} gauge={n.disk} show={bytes} free />
      </section>
      {past.data && (
        <section class="plots">
          <Plot what={ta('now.people')} values={past.data.people} most={4} show={(v) => number(v)} />
          <Plot what={ta('now.uplink')} values={past.data.uplink} most={n.uplink.limit || 1e6} show={mbit} />
          <Plot what={ta('now.cpu')} values={past.data.cpu} most={100} show={percent} />
        </section>
      )}
      <section class="card">
        <h2>{ta('now.live')}</h2>
        {n.rooms.length === 0 ? <p class="hint">{ta('now.none')}</p> : (
          <ul class="rows" data-test="live-rooms">{n.rooms.map((r) => <li key={r.name}><a href={`/r/${encodeURIComponent(r.name)}`}>{r.name}</a><span class="num">{ta('now.heads', { count: r.people })}</span></li>)}</ul>
        )}
      </section>
      <p class="hint">{ta('now.up', { version: n.version, time: span(n.uptime) })}</p>
    </>
  );
}

function Health({ notices }: { notices: readonly Notice[] | null }) {
  if (!notices) return null;
  if (notices.length === 0) return <p class="note good" role="status" data-test="all-well">{ta('now.good')}</p>;
  return (
    <section class="notices" aria-labelledby="attention">
      <h2 id="attention">{ta('now.attention')}</h2>
      {notices.map((n) => <p key={n.code} class={n.bad ? 'note bad' : 'note'} data-test="notice" data-code={n.code}>{taWord('notice', n.code, { detail: n.detail ?? '' })}</p>)}
    </section>
  );
}

export function NetworkPage() {
  const found = useLoad(() => get<{ checks: readonly Check[] }>('/server/network'));
  return (
    <section class="card">
      <h1>{ta('nav.network')}</h1>
      <p>{ta('network.lead')}</p>
      <Failed code={found.code} />
      {!found.data && !found.code && <p class="hint" role="status">{ta('network.running')}</p>}
      <ul class="checks">{found.data?.checks.map((c) => (
        <li key={c.id + c.title} class={`check-${c.verdict}`} data-test="check">
          <span class="verdict">{taWord('network', c.verdict)}</span>
          <Found check={c} />
        </li>
      ))}</ul>
      <button type="button" class="btn" onClick={found.again}>{ta('network.run')}</button>
    </section>
  );
}

/** In English as the server says it; else in our words, and the server's own for who wants the particulars. */
function Found({ check: c }: { check: Check }) {
  const said = <>{c.text}{c.remedy && <em> {c.remedy}</em>}</>;
  const ours = lang.value === 'en' ? '' : checkText(c.id, c.verdict);
  if (!ours) return <span><strong>{checkTitle(c.id, c.title)}</strong>: <span lang="en">{said}</span></span>;
  return <div><strong>{checkTitle(c.id, c.title)}</strong>: {ours}<details><summary>{ta('network.detail')}</summary><p lang="en">{said}</p></details></div>;
}

export function LogPage() {
  const log = useLoad(() => get<List<Line>>('/server/log'), SLOWLY);
  return (
    <section class="card">
      <h1>{ta('nav.log')}</h1>
      <p>{ta('log.lead')}</p>
      <Failed code={log.code} />
      {log.data?.items.length === 0 && <p class="hint">{ta('log.none')}</p>}
      <ul class="log" lang="en" tabIndex={0} aria-label={ta('nav.log')}>{log.data?.items.map((l, i) => <li key={`${l.at}${i}`} class={`log-${l.level}`}><time class="num" dateTime={l.at}>{day(l.at)}</time> <span>{l.text}</span></li>)}</ul>
    </section>
  );
}

