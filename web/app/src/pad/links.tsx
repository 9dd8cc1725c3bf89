/** Who may come: links by right, with an end; publishing; how long the pad is kept. */
import { useEffect, useState } from 'preact/hooks';
import { Dialog } from '../ui/parts';
import type { PadLink, Right } from './api';
import { useAttempt } from './attempt';
import { knownPad } from './memory';
import type { Pad } from './model';
import { day, padError, tp } from './text';

const DAY = 86_400_000;
const RIGHTS: readonly Right[] = ['write', 'comment', 'read', 'own'];
const ENDS = [0, 1, 7, 30, 365] as const;
const KEPT = [0, 7, 30, 180, 365] as const;

export const padURL = (id: string, access: string): string => `${location.origin}/p/${id}#${access}`;

export function ShareDialog({ pad, close }: { pad: Pad; close: () => void }) {
  const [links, setLinks] = useState<readonly PadLink[]>([]);
  const [right, setRight] = useState<Right>('write');
  const [days, setDays] = useState(0);
  const [note, setNote] = useState('');
  const [made, setMade] = useState('');
  const { failed, attempt } = useAttempt();
  const load = async (): Promise<void> => setLinks(await pad.api.links(pad.id));
  useEffect(() => void attempt(load), []);
  const make = (e: Event): void => {
    e.preventDefault();
    void attempt(async () => {
      const link = await pad.api.makeLink(pad.id, { right, expires: days ? Date.now() + days * DAY : 0, note: note.trim() });
      setMade(padURL(pad.id, link.access));
      setNote('');
      await load();
    });
  };
  const info = pad.info.value;
  const mine = knownPad(pad.id)?.access ?? '';
  const put = (what: Promise<typeof info>): Promise<void> => attempt(async () => {
    const next = await what;
    if (next) pad.info.value = { ...next, right: pad.right.value };
  });
  return (
    <Dialog name="pad-share" title={tp('share.title')} close={close}>
      <form class="pad-share" onSubmit={make}>
        <label class="field"><span class="label">{tp('share.right')}</span>
          <select class="select" data-test="share-right" value={right} onChange={(e) => setRight(e.currentTarget.value as Right)}>{RIGHTS.map((r) => <option key={r} value={r}>{tp(`right.${r}`)}</option>)}</select></label>
        <label class="field"><span class="label">{tp('share.ends')}</span>
          <select class="select" data-test="share-ends" value={String(days)} onChange={(e) => setDays(Number(e.currentTarget.value))}>{ENDS.map((d) => <option key={d} value={String(d)}>{d === 0 ? tp('share.never') : tp('days', { count: d })}</option>)}</select></label>
        <label class="field wide"><span class="label">{tp('share.note')}</span><input class="input" data-test="share-note" value={note} maxLength={80} onInput={(e) => setNote(e.currentTarget.value)} /></label>
        <button class="btn go" data-test="share-make">{tp('share.make')}</button>
      </form>
      {made && <CopyField value={made} />}
      {failed && <p class="note bad" role="alert" data-test="share-error">{padError(failed)}</p>}
      {links.length > 0 && (
        <section class="section"><h3>{tp('share.existing')}</h3>
          <ul class="pad-links">{links.map((l) => (
            <li key={l.n} data-test="share-link" data-right={l.right}>
              <span><b>{tp(`right.${l.right}`)}</b><small class="hint">{[l.note, l.expires ? tp('share.until', { day: day(l.expires) }) : tp('share.never'), tp('share.made', { day: day(l.created) })].filter(Boolean).join(' · ')}</small></span>
              {l.mine ? <small class="hint" data-test="share-yours">{tp('share.yours')}</small> : <button type="button" class="btn small" data-test="share-revoke" onClick={() => void attempt(async () => { await pad.api.removeLink(pad.id, l.n); await load(); })}>{tp('share.revoke')}</button>}
            </li>
          ))}</ul>
        </section>
      )}
      {mine && (
        <section class="section"><h3>{tp('share.mine')}</h3>
          <p class="hint">{tp('share.mineLead')}</p>
          <CopyField value={padURL(pad.id, mine)} test="share-mine" />
        </section>
      )}
      <section class="section"><h3>{tp('publish.title')}</h3>
        <p class="hint">{tp(info?.published ? 'publish.is' : 'publish.lead')}</p>
        {info?.published && <CopyField value={location.origin + info.published} />}
        <button type="button" class="btn" data-test="pad-publish" onClick={() => void attempt(async () => {
          if (info?.published) await pad.api.unpublish(pad.id);
          else await pad.api.publish(pad.id);
          pad.info.value = { ...(await pad.api.get(pad.id)), right: pad.right.value };
        })}>{tp(info?.published ? 'publish.end' : 'publish.begin')}</button>
      </section>
      <label class="field"><span class="label">{tp('retain')}</span>
        <select class="select" data-test="pad-retain" value={String(info?.retain ?? 0)} onChange={(e) => void put(pad.api.change(pad.id, { retain: Number(e.currentTarget.value) }))}>
          {[...new Set([...KEPT, info?.retain ?? 0])].sort((a, b) => a - b).map((d) => <option key={d} value={String(d)}>{d === 0 ? tp('retain.ever') : tp('retain.days', { count: d })}</option>)}
        </select></label>
    </Dialog>
  );
}

export function CopyField({ value, test = 'share-url' }: { value: string; test?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => setCopied(false), [value]);
  return (
    <div class="pad-copy">
      <input class="input" readOnly data-test={test} aria-label={tp('share.link')} value={value} onFocus={(e) => e.currentTarget.select()} />
      <button type="button" class="btn go" data-test="share-copy" onClick={() => void navigator.clipboard?.writeText(value).then(() => setCopied(true), () => undefined)}>{tp(copied ? 'copied' : 'copy')}</button>
    </div>
  );
}

export function Confirm({ name, title, text, yes, go, close }: { name: string; title: string; text: string; yes: string; go: () => void; close: () => void }) {
  return (
    <Dialog name={name} title={title} close={close}>
      <p>{text}</p>
      <div class="pad-thread-actions"><button type="button" class="btn stop" data-test={`${name}-yes`} onClick={go}>{yes}</button><button type="button" class="btn" onClick={close}>{tp('cancel')}</button></div>
    </Dialog>
  );
}
