/** What the pad was: a slider through time, named versions, what changed, and a way back that destroys nothing. */
import { diffWordsWithSpace } from 'diff';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { mayWrite, type Author, type Step, type Version } from './api';
import { useAttempt } from './attempt';
import { colorClass, type Pad } from './model';
import type { PadView } from './state';
import { moment, padError, tp } from './text';

type Source = { readonly step: number } | { readonly version: number };
/** Longer texts are compared by lines: word by word would take a browser too long. */
const WORDS_MOST = 60_000;

export function HistoryView({ pad, view }: { pad: Pad; view: PadView }) {
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [versions, setVersions] = useState<readonly Version[]>([]);
  const [authors, setAuthors] = useState<ReadonlyMap<number, Author>>(new Map());
  const [at, setAt] = useState<Source | null>(null);
  const [text, setText] = useState<string | null>(null);
  const [compare, setCompare] = useState(true);
  const [name, setName] = useState('');
  const { failed, attempt } = useAttempt();
  const load = (): Promise<void> => attempt(async () => {
    const [h, v, a] = await Promise.all([pad.api.history(pad.id), pad.api.versions(pad.id), pad.api.authors(pad.id)]);
    setSteps(h.steps);
    setVersions(v);
    setAuthors(new Map(a.authors.map((x) => [x.n, x])));
    setAt((was) => was ?? (h.steps.length > 0 ? { step: h.steps.at(-1)?.n ?? h.from } : null));
  });
  useEffect(() => void load(), [pad]);
  useEffect(() => {
    if (!at) return undefined;
    let wanted = true;
    // A slider that is being dragged asks for where it rests.
    const timer = setTimeout(() => void attempt(async () => {
      const got = 'step' in at ? await pad.api.textAt(pad.id, at.step) : await pad.api.versionText(pad.id, at.version);
      if (wanted) setText(got);
    }), 120);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [at]);

  const index = at && 'step' in at ? steps.findIndex((s) => s.n === at.step) : -1;
  const step = steps[index];
  const version = at && 'version' in at ? versions.find((v) => v.n === at.version) : undefined;
  const names = (step?.authors ?? []).map((n) => authors.get(n)?.name).filter((n) => n !== undefined && n !== '').join(', ');
  const label = step ? tp(names ? 'history.stepBy' : 'history.step', { when: moment(step.at), who: names }) : version ? `${version.name} · ${moment(version.at)}` : '';
  const restore = (): void => void attempt(async () => {
    if (!at) return;
    await pad.api.restore(pad.id, at);
    view.mode.value = 'edit';
    view.notice.value = tp('history.restored');
  });
  const nameIt = (e: Event): void => {
    e.preventDefault();
    if (!name.trim()) return;
    void attempt(async () => {
      await pad.api.nameVersion(pad.id, name.trim());
      setName('');
      setVersions(await pad.api.versions(pad.id));
    });
  };
  return (
    <div class="pad-history" data-test="pad-history-view">
      <div class="pad-history-head">
        <label class="field"><span class="label">{tp('history.slider')}</span>
          <input type="range" data-test="history-slider" min={0} max={Math.max(0, steps.length - 1)} value={index >= 0 ? index : steps.length - 1} disabled={steps.length < 2} aria-valuetext={label}
            onInput={(e) => { const s = steps[Number(e.currentTarget.value)]; if (s) setAt({ step: s.n }); }} /></label>
        <p class="num" data-test="history-label" aria-live="polite">{label || tp('history.empty')} {step?.authors.map((n) => { const a = authors.get(n); return a ? <span key={n} class={`pad-dot person ${colorClass(a.seat ?? -1, a.color)}`} /> : null; })}</p>
        <div class="pad-thread-actions">
          <label class="check"><input type="checkbox" data-test="history-compare" checked={compare} onChange={(e) => setCompare(e.currentTarget.checked)} />{tp('history.compare')}</label>
          {mayWrite(pad.right.value) && <button type="button" class="btn small go" data-test="history-restore" disabled={text === null} onClick={restore}>{tp('history.restore')}</button>}
          <button type="button" class="btn small" data-test="history-close" onClick={() => (view.mode.value = 'edit')}>{tp('history.back')}</button>
        </div>
        {failed && <p class="note bad" role="alert" data-test="history-error">{padError(failed)}</p>}
      </div>
      <div class="pad-history-body">
        <div class="pad-was" data-test="history-text" tabIndex={0} role="region" aria-label={label || tp('history')}>{text === null ? '' : compare ? <Difference from={text} to={pad.text.toString()} /> : text}</div>
        <div class="pad-versions">
          <h2>{tp('versions')}</h2>
          {mayWrite(pad.right.value) && (
            <form class="pad-write" onSubmit={nameIt}><input class="input" data-test="version-name" aria-label={tp('versions.name')} placeholder={tp('versions.name')} value={name} maxLength={80} onInput={(e) => setName(e.currentTarget.value)} /><button class="btn small go" data-test="version-make" disabled={!name.trim()}>{tp('versions.make')}</button></form>
          )}
          {versions.length === 0 && <p class="hint">{tp('versions.empty')}</p>}
          <ul>{versions.map((v) => (
            <li key={v.n}>
              <button type="button" class="pad-version" data-test="version" aria-pressed={version?.n === v.n} onClick={() => setAt({ version: v.n })}><b>{v.name}</b><small class="hint num">{moment(v.at)}</small></button>
              {pad.right.value === 'own' && <button type="button" class="btn small quiet" aria-label={tp('versions.remove', { name: v.name })} onClick={() => void attempt(async () => { await pad.api.removeVersion(pad.id, v.n); setVersions(await pad.api.versions(pad.id)); })}>×</button>}
            </li>
          ))}</ul>
        </div>
      </div>
    </div>
  );
}

/** The text of today with what has come since then and, crossed out, what has gone. */
function Difference({ from, to }: { from: string; to: string }) {
  const parts = useMemo(() => (from.length + to.length > WORDS_MOST ? null : diffWordsWithSpace(from, to)), [from, to]);
  if (!parts) return <>{from}</>;
  return <>{parts.map((p, i) => (p.added ? <ins key={i}>{p.value}</ins> : p.removed ? <del key={i}>{p.value}</del> : <span key={i}>{p.value}</span>))}</>;
}
