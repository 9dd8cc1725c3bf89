/** Who may what in a folder, and its public links, in a dialog. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { codeOf } from '../store/api';
import { Icon } from '../ui/icons';
import { Dialog } from '../ui/parts';
import { people as askPeople, type FolderLink, type Grant, type Level, type Person } from './api';
import { Give } from './give';
import { FileIcon } from './icons';
import type { Shelf } from './shelf';
import { day, fileError, tf } from './text';

const LEVELS: readonly Level[] = ['none', 'read', 'write', 'manage'];
/** How long a link may last, in days; 0 is for ever. */
const DAYS = [1, 7, 30, 90, 365, 0];

interface Part {
  readonly shelf: Shelf;
  readonly id: string;
  readonly failed: (code: string) => void;
}

export function Sharing({ shelf, id, name }: { shelf: Shelf; id: string; name: string }) {
  const [code, setCode] = useState('');
  const close = (): void => {
    shelf.sharing.value = null;
    void shelf.load(); // one may have taken a right from oneself
  };
  return (
    <Dialog name="share" title={tf('shareOf', { name })} close={close}>
      {code && <p class="note bad" role="alert" data-test="share-error" data-code={code}>{fileError(code)}</p>}
      <Rights shelf={shelf} id={id} failed={setCode} />
      {id !== 'top' && <Links shelf={shelf} id={id} failed={setCode} />}
    </Dialog>
  );
}

function Rights({ shelf, id, failed }: Part) {
  const [people, setPeople] = useState<readonly Person[] | null>(null);
  const [grants, setGrants] = useState<readonly Grant[]>([]);
  const [saved, setSaved] = useState(false);
  const turn = useRef(Promise.resolve());
  const load = async (): Promise<void> => {
    try {
      const [list, said] = await Promise.all([askPeople(), shelf.space.rights(id)]);
      const all: Person[] = [{ who: 'all', name: tf('everyone') }, ...list];
      setPeople(all);
      setGrants(said.filter((g) => all.some((p) => p.who === g.who))); // whose account is gone has no rights any more
    } catch (error) {
      failed(codeOf(error));
    }
  };
  useEffect(() => void load(), []);
  // What is chosen holds at once; one change after the other, so that the last one stays.
  const set = (next: readonly Grant[]): void => {
    setGrants(next);
    setSaved(false);
    turn.current = turn.current.then(() => shelf.space.setRights(id, next)).then(() => { failed(''); setSaved(true); }, async (error: unknown) => { failed(codeOf(error)); await load(); });
  };
  if (!people) return <p class="hint" role="status">{tf('loading')}</p>;
  const nameOf = (who: string): string => people.find((p) => p.who === who)?.name ?? who;
  const free = people.filter((p) => !grants.some((g) => g.who === p.who));
  const options = (kind: string) => free.filter((p) => p.who.startsWith(kind)).map((p) => <option key={p.who} value={p.who}>{p.name}</option>);
  return (
    <section class="share" data-test="rights" data-saved={saved}>
      <h3>{tf('rights')}</h3>
      <p class="hint">{tf('rightsLead')}</p>
      <ul>{grants.map((g) => (
        <li key={g.who} data-test="grant" data-who={g.who} data-level={g.level}>
          <span class="name"><Icon name={g.who.startsWith('member/') ? 'self' : 'people'} size={20} />{nameOf(g.who)}</span>
          <select class="select" data-test="grant-level" aria-label={tf('levelOf', { name: nameOf(g.who) })} value={g.level} onChange={(e) => set(grants.map((o) => (o === g ? { ...g, level: e.currentTarget.value as Level } : o)))}>
            {LEVELS.map((l) => <option key={l} value={l} selected={l === g.level}>{tf(`level.${l}`)}</option>)}
          </select>
          <button type="button" class="icon-btn" data-test="grant-remove" aria-label={tf('unsay', { name: nameOf(g.who) })} title={tf('unsay', { name: nameOf(g.who) })} onClick={() => set(grants.filter((o) => o !== g))}><Icon name="close" size={18} /></button>
        </li>
      ))}</ul>
      {free.length > 0 && (
        <Add options={<><option value="">{tf('choosePerson')}</option>{options('all')}<optgroup label={tf('groups')}>{options('group/')}</optgroup><optgroup label={tf('members')}>{options('member/')}</optgroup></>} add={(who) => set([...grants, { who, level: 'read' }])} />
      )}
      <p class="hint" role="status">{saved && tf('saved')}</p>
    </section>
  );
}

/** A choice of its own with a button: choosing by arrow keys gives nobody a right on the way. */
function Add({ options, add }: { options: preact.ComponentChildren; add: (who: string) => void }) {
  const field = useRef<HTMLSelectElement>(null);
  return (
    <form class="field" onSubmit={(e) => { e.preventDefault(); const s = field.current; if (s?.value) { add(s.value); s.value = ''; } }}>
      <label for="grant-who">{tf('addPerson')}</label>
      <div class="pair"><select ref={field} id="grant-who" class="select" data-test="grant-who">{options}</select><button class="btn" data-test="grant-add">{tf('add')}</button></div>
    </form>
  );
}

function Links({ shelf, id, failed }: Part) {
  const [links, setLinks] = useState<readonly FolderLink[]>([]);
  const [made, setMade] = useState<FolderLink | null>(null);
  const [busy, setBusy] = useState(false);
  const [receive, setReceive] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const told = useRef<HTMLDivElement>(null);
  useEffect(() => told.current?.scrollIntoView({ block: 'center' }), [made]);
  const load = (): Promise<void> => shelf.space.links(id).then(setLinks, (e: unknown) => failed(codeOf(e)));
  useEffect(() => void load(), []);
  const act = async (what: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    failed('');
    await what().catch((e: unknown) => failed(codeOf(e)));
    await load();
    setBusy(false);
  };
  const make = (e: Event): void => {
    e.preventDefault();
    const data = new FormData(form.current ?? undefined);
    const wish = { days: Number(data.get('days')), password: String(data.get('password') ?? ''), downloads: Number(data.get('downloads') ?? 0), receive };
    void act(async () => { setMade(await shelf.space.makeLink(id, wish)); if (password.current) password.current.value = ''; });
  };
  const end = (l: FolderLink): void => void act(async () => {
    await shelf.space.endLink(id, l.id);
    if (made?.id === l.id) setMade(null);
  });
  return (
    <section class="share" data-test="links" data-count={links.length}>
      <h3>{tf('publicLinks')}</h3>
      <p class="hint">{tf('publicLead')}</p>
      {made?.url && <div ref={told}><Give link={location.origin + made.url} /><p class="hint" role="status">{tf('toldOnce')}</p></div>}
      <ul>{links.map((l) => (
        <li key={l.id} data-test="link" data-kind={l.kind}>
          <span class="name"><FileIcon name={l.kind === 'put' ? 'upload' : 'download'} size={20} /><span>{tf(l.kind === 'put' ? 'linkPut' : 'linkGet')}<small class="num">{[
            l.expires ? tf('ends', { date: day(l.expires) }) : tf('endsNever'), l.password ? tf('withPassword') : '',
            l.kind === 'get' ? tf('downloadsSoFar', { count: l.downloads }) + (l.most > 0 ? ` / ${l.most}` : '') : ''].filter(Boolean).join(' · ')}</small></span></span>
          <button type="button" class="btn small bad" data-test="link-end" disabled={busy} onClick={() => end(l)}>{tf('endLink')}</button>
        </li>
      ))}</ul>
      <form ref={form} class="make" onSubmit={make}>
        <label class="check"><input type="checkbox" data-test="link-receive" checked={receive} onChange={(e) => setReceive(e.currentTarget.checked)} />{tf('linkReceive')}</label>
        <div class="field"><label for="link-days">{tf('days')}</label><select id="link-days" name="days" class="select" data-test="link-days">{DAYS.map((n) => <option key={n} value={n} selected={n === 30}>{n ? tf('day', { count: n }) : tf('never')}</option>)}</select></div>
        <div class="field"><label for="link-password">{tf('password')}</label><input ref={password} id="link-password" name="password" class="input" data-test="link-password" type="text" maxLength={100} autocomplete="off" spellcheck={false} /></div>
        {!receive && <div class="field"><label for="link-downloads">{tf('downloads')}</label><input id="link-downloads" name="downloads" class="input" data-test="link-downloads" type="number" min={0} max={1000000} defaultValue="0" /></div>}
        <button class="btn go" data-test="link-make" disabled={busy}>{tf('create')}</button>
      </form>
    </section>
  );
}
