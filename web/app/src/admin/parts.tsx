/** Small parts of the pages of accounts and of the admin. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { errorText } from '../i18n';
import { hasWord, ta, taWord } from '../i18n/admin';
import { codeOf } from '../store/api';
import type { Gauge } from './api';

export function Failed({ code }: { code: string }) {
  return code ? <p class="note bad" role="alert" data-test="admin-error" data-code={code}>{hasWord('error', code) ? taWord('error', code) : errorText(code)}</p> : null;
}

/** Loads something, and again every so many seconds; `again` loads it now. */
export function useLoad<T>(load: () => Promise<T>, every = 0, key = ''): { data: T | null; code: string; again: () => void } {
  const [data, setData] = useState<T | null>(null);
  const [code, setCode] = useState('');
  const [tick, setTick] = useState(0);
  useEffect(() => {
    let here = true;
    const go = (): void => {
      if (document.hidden && every) return;
      load().then((d) => { if (here) { setData(d); setCode(''); } }, (e: unknown) => { if (here) setCode(codeOf(e)); });
    };
    go();
    const timer = every ? setInterval(go, every * 1000) : 0;
    return () => { here = false; clearInterval(timer); };
  }, [tick, key]);
  return { data, code, again: () => setTick((n) => n + 1) };
}

/** A form that does something once at a time, and says what went wrong. */
export function Form({ name, submit, run, children }: { name: string; submit: string; run: (form: FormData) => Promise<unknown>; children: ComponentChildren }) {
  const [busy, setBusy] = useState(false);
  const [code, setCode] = useState('');
  const go = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setCode('');
    try {
      await run(new FormData(e.currentTarget as HTMLFormElement));
    } catch (error) {
      setCode(codeOf(error));
    }
    setBusy(false);
  };
  return (
    <form class="box-form" data-test={`form-${name}`} onSubmit={(e) => void go(e)}>
      {children}
      <Failed code={code} />
      <button class="btn go" data-test={`submit-${name}`} disabled={busy}>{busy ? ta('door.busy') : submit}</button>
    </form>
  );
}

export function Field({ name, label, hint, value, ...rest }: { name: string; label: string; hint?: string; type?: string; value?: string; autocomplete?: string; required?: boolean; maxLength?: number; minLength?: number; min?: number; max?: number; disabled?: boolean }) {
  const id = `f-${name}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input class="input" id={id} name={name} data-test={id} autocapitalize="none" spellcheck={false} aria-describedby={hint ? `${id}-hint` : undefined} defaultValue={value ?? ''} {...(rest as object)} />
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

/** Something that is told once, with a way to copy it; or that can be looked up again. */
export function Once({ text, label, stays = false }: { text: string; label: string; stays?: boolean }) {
  const [copied, setCopied] = useState(false);
  return (
    <div class="note once" role="status" data-test="once">
      <strong>{label}</strong>
      <code class="secret" data-test="once-text">{text}</code>
      <span class="row">
        <button type="button" class="btn small" onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}>{copied ? ta('admin.copied') : ta('admin.copy')}</button>
        {!stays && <span class="hint">{ta('admin.once')}</span>}
      </span>
    </div>
  );
}

/** A button that asks once more before it does what cannot be undone. */
export function Sure({ label, question, run, test }: { label: string; question: string; run: () => Promise<unknown>; test: string }) {
  const [asked, setAsked] = useState(false);
  const [code, setCode] = useState('');
  if (!asked) return <button type="button" class="btn small" data-test={test} onClick={() => setAsked(true)}>{label}</button>;
  return (
    <span class="sure" role="group" aria-label={question}>
      <span>{question}</span>
      <button type="button" class="btn small danger" data-test={`${test}-sure`} onClick={() => void run().then(() => setAsked(false), (e: unknown) => setCode(codeOf(e)))}>{ta('admin.sure')}</button>
      <button type="button" class="btn small" onClick={() => setAsked(false)}>{ta('admin.cancel')}</button>
      <Failed code={code} />
    </span>
  );
}

/** A figure with its limit, and a bar for how near it is. */
export function Dial({ label, gauge, show, free = false }: { label: string; gauge: Gauge; show: (n: number) => string; free?: boolean }) {
  const share = gauge.limit > 0 ? Math.min(1, gauge.value / gauge.limit) : 0;
  const text = gauge.limit > 0 ? ta(free ? 'now.free' : 'now.of', { value: show(free ? gauge.limit - gauge.value : gauge.value), limit: show(gauge.limit) }) : show(gauge.value);
  return (
    <div class="dial" data-test="dial">
      <span class="label">{label}</span>
      <span class="num">{text}</span>
      {gauge.limit > 0 && <svg class={share > 0.9 ? 'bar-hot' : 'bar-cool'} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-ground" width="100" height="4" /><rect class="bar-fill" width={100 * share} height="4" /></svg>}
    </div>
  );
}

/** The last hour as a small line. */
export function Plot({ what, values, most, show }: { what: string; values: readonly number[]; most: number; show: (n: number) => string }) {
  const top = Math.max(most, ...values, 1);
  const step = 300 / 359;
  const from = 300 - (values.length - 1) * step;
  const points = values.map((v, i) => `${(from + i * step).toFixed(1)},${(58 - (56 * v) / top).toFixed(1)}`).join(' ');
  const said = ta('now.hour', { what, max: show(Math.max(0, ...values)) });
  return (
    <figure class="plot">
      <svg viewBox="0 0 300 60" preserveAspectRatio="none" role="img" aria-label={said}>
        <line class="plot-base" x1="0" y1="59" x2="300" y2="59" />
        <polyline class="plot-line" points={points} />
      </svg>
      <figcaption class="hint">{said}</figcaption>
    </figure>
  );
}

export const roleText = (role: string): string => taWord('role', role);
