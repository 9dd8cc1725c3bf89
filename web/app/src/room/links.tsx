/** Personal invitations: made here, shown once, withdrawn here. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { lang } from '../i18n';
import { drawQR } from '../lib/qr';
import type { Link } from '../media';
import type { Session } from '../store/session';
import css from './room.lazy.css';
import { rt } from './texts';
import { adopt } from '../lib/adopt';

adopt(css);

const LIVES = [['24', 'links.hours'], ['168', 'links.week'], ['720', 'links.month'], ['0', 'links.ever']] as const;

export function Links({ session }: { session: Session }) {
  const d = session.desk.value;
  const [role, setRole] = useState('guest');
  const [label, setLabel] = useState('');
  const [hours, setHours] = useState('168');
  const [once, setOnce] = useState(true);
  useEffect(() => session.order({ t: 'links' }), []);
  const make = (e: Event): void => {
    e.preventDefault();
    session.order({ t: 'invite', role, label: label.trim(), hours: Number(hours), uses: once ? 1 : 0 });
    session.order({ t: 'links' });
    setLabel('');
  };
  const roles = ['listener', 'guest', 'speaker', ...(session.may('appoint') ? ['moderator'] : [])];
  return (
    <section class="section" data-test="links">
      <h3>{rt('links.title')}</h3>
      <p class="hint">{rt('links.lead')}</p>
      <form class="stack" onSubmit={make}>
        <label class="line">{rt('links.role')}<select class="select small" data-test="link-role" value={role} onChange={(e) => setRole(e.currentTarget.value)}>{roles.map((r) => <option key={r} value={r}>{rt(`role.${r}`)}</option>)}</select></label>
        <label class="line">{rt('links.life')}<select class="select small" data-test="link-life" value={hours} onChange={(e) => setHours(e.currentTarget.value)}>{LIVES.map(([h, key]) => <option key={h} value={h}>{rt(key)}</option>)}</select></label>
        <label class="line">{rt('links.label')}<input class="input" data-test="link-label" maxLength={64} value={label} onInput={(e) => setLabel(e.currentTarget.value)} /></label>
        <label class="check"><input type="checkbox" data-test="link-once" checked={once} onChange={(e) => setOnce(e.currentTarget.checked)} />{rt('links.once')}</label>
        <button class="btn go small" data-test="link-make">{rt('links.make')}</button>
      </form>
      {d.fresh && <Fresh session={session} link={d.fresh} />}
      {d.links.length > 0 && <h3>{rt('links.list')}</h3>}
      <ul class="people">
        {d.links.map((l) => (
          <li key={l.id} class="waits" data-test="link-row">
            <span class="who"><b>{l.label || rt(`role.${l.role}`)}</b><small>{words(l)}</small></span>
            <button type="button" class="btn small" data-test="link-revoke" onClick={() => session.order({ t: 'revoke', id: l.id })}>{rt('links.revoke')}</button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function words(l: Link): string {
  const until = l.expires > 0 ? rt('links.until', { when: new Intl.DateTimeFormat(lang.value, { dateStyle: 'medium', timeStyle: 'short' }).format(l.expires) }) : '';
  const left = l.uses === 0 ? rt('links.used') : l.uses > 0 ? rt('links.left', { count: l.uses }) : '';
  return [l.label && rt(`role.${l.role}`), left, until].filter(Boolean).join(' · ');
}

function Fresh({ session, link }: { session: Session; link: Link }) {
  const url = `${location.origin}/r/${session.options.room}#link=${link.token}`;
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (canvas.current) drawQR(canvas.current, url);
    box.current?.scrollIntoView({ block: 'nearest' });
    setCopied(false);
  }, [url]);
  const copy = (): void => void navigator.clipboard?.writeText(url).then(() => setCopied(true), () => undefined);
  return (
    <div ref={box} class="note" role="status" data-test="link-fresh">
      <p>{rt('links.fresh')}</p>
      <input class="input" readOnly value={url} aria-label={rt('links.title')} data-test="link-url" onFocus={(e) => e.currentTarget.select()} />
      <button type="button" class="btn go small" data-test="link-copy" onClick={copy}>{rt(copied ? 'links.copied' : 'links.copy')}</button>
      <div class="qr"><canvas ref={canvas} role="img" aria-label={url} /></div>
    </div>
  );
}
