/** Small groups: part the meeting evenly, move people, speak to all, call back. */
import { useState } from 'preact/hooks';
import type { Session } from '../store/session';
import { bySeat } from '../store/meeting';
import { Dialog } from '../ui/parts';
import css from './room.lazy.css';
import { rt } from './texts';
import { adopt } from '../lib/adopt';

adopt(css);

const MOST = 20;

export function BreakoutsDialog({ session, close }: { session: Session; close: () => void }) {
  const d = session.desk.value;
  const running = d.groups.length > 1;
  return (
    <Dialog name="breakouts" title={rt('breakout.title')} close={close}>
      <p>{rt('breakout.lead')}</p>
      {running ? <Running session={session} /> : <Begin session={session} />}
    </Dialog>
  );
}

function Begin({ session }: { session: Session }) {
  const m = session.meeting.value;
  const others = bySeat(m).filter((p) => p.id !== m.me);
  const [count, setCount] = useState(2);
  const [chosen, choose] = useState<ReadonlyMap<string, number>>(new Map());
  const of = (id: string, i: number): number => chosen.get(id) ?? (i % count) + 1;
  const start = (): void => {
    const groups = Array.from({ length: count }, (_, g) => others.filter((p, i) => of(p.id, i) === g + 1).map((p) => p.id));
    session.order({ t: 'breakouts', groups });
  };
  return (
    <div class="stack">
      <label class="line">{rt('breakout.count')}<input class="input num short" type="number" min={1} max={MOST} data-test="breakout-count" value={count} onInput={(e) => { setCount(Math.min(MOST, Math.max(1, Number(e.currentTarget.value) || 1))); choose(new Map()); }} /></label>
      {others.map((p, i) => <Place key={p.id} name={p.name} groups={count} at={of(p.id, i)} put={(n) => choose(new Map(chosen).set(p.id, n))} />)}
      <button type="button" class="btn go" data-test="breakout-start" onClick={start}>{rt('breakout.start')}</button>
    </div>
  );
}

function Running({ session }: { session: Session }) {
  const d = session.desk.value;
  const [text, setText] = useState('');
  const groups = d.groups.length - 1;
  const send = (e: Event): void => {
    e.preventDefault();
    if (text.trim()) session.order({ t: 'announce', text: text.trim() });
    setText('');
  };
  return (
    <div class="stack">
      {d.groups.map((g) => (
        <section class="section" key={g.n} data-test="breakout" data-group={g.n} data-people={g.members.length}>
          <h3>{g.n === 0 ? rt('breakout.main') : rt('breakout.group', { n: g.n })}</h3>
          {g.members.length === 0 && <p class="hint">{rt('breakout.nobody')}</p>}
          {g.members.filter((p) => p.id !== session.meeting.value.me || groups > 0).map((p) => <Place key={p.id} name={p.name} groups={groups} at={g.n} put={(n) => session.order({ t: 'assign', id: p.id, group: n })} />)}
        </section>
      ))}
      <form class="stack" onSubmit={send}>
        <label class="line">{rt('breakout.announce')}<input class="input" data-test="breakout-text" maxLength={300} value={text} onInput={(e) => setText(e.currentTarget.value)} /></label>
        <button class="btn small" data-test="breakout-announce">{rt('breakout.send')}</button>
      </form>
      <button type="button" class="btn go" data-test="breakout-recall" onClick={() => session.order({ t: 'recall' })}>{rt('breakout.recall')}</button>
    </div>
  );
}

function Place({ name, groups, at, put }: { name: string; groups: number; at: number; put: (n: number) => void }) {
  return (
    <label class="line" data-test="breakout-person">{name}
      <select class="select small" aria-label={rt('breakout.move', { name })} value={String(at)} onChange={(e) => put(Number(e.currentTarget.value))}>
        {Array.from({ length: groups + 1 }, (_, n) => <option key={n} value={String(n)}>{n === 0 ? rt('breakout.main') : rt('breakout.group', { n })}</option>)}
      </select>
    </label>
  );
}
