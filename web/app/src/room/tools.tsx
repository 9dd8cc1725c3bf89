/** What moderators do, in the list of participants: who waits, what concerns all, and what concerns one. */
import { useRef, useState } from 'preact/hooks';
import type { Member, Order } from '../media';
import type { Session } from '../store/session';
import css from './room.lazy.css';
import { rt } from './texts';
import { adopt } from '../lib/adopt';

adopt(css);

const RANK = ['listener', 'guest', 'member', 'speaker', 'moderator', 'host'];
const rank = (role: string): number => RANK.indexOf(role);

export function Tools({ session }: { session: Session }) {
  const d = session.desk.value;
  const [sure, setSure] = useState(false);
  const act = (test: string, text: string, click: () => void, look = '') => <button type="button" class={`btn small ${look}`} data-test={test} onClick={click}>{text}</button>;
  return (
    <>
      {d.lobby.length > 0 && (
        <section class="section" data-test="lobby">
          <h3>{rt('lobby.title')}</h3>
          <ul class="people">
            {d.lobby.map((w) => (
              <li key={w.id} class="waits" data-test="waiter">
                <b class="who">{w.name}</b>
                <span class="row">
                  <button type="button" class="btn go small" data-test="admit" aria-label={rt('lobby.admitName', { name: w.name })} onClick={() => session.order({ t: 'admit', id: w.id })}>{rt('lobby.admit')}</button>
                  <button type="button" class="btn small" data-test="deny" aria-label={rt('lobby.denyName', { name: w.name })} onClick={() => session.order({ t: 'deny', id: w.id })}>{rt('lobby.deny')}</button>
                </span>
              </li>
            ))}
          </ul>
          {d.lobby.length > 1 && act('admit-all', rt('lobby.all'), () => session.order({ t: 'admit' }))}
        </section>
      )}
      <section class="section" data-test="tools" aria-label={rt('tools.title')}>
        <h3>{rt('tools.title')}</h3>
        <div class="row tools">
          {act('mute-all', rt('tools.muteAll'), () => session.order({ t: 'mute', what: 'mic' }))}
          {[...session.meeting.value.members.values()].some((m) => m.hand > 0) && act('lower-all', rt('tools.lowerAll'), () => session.order({ t: 'lower' }))}
          {session.may('breakouts') && d.breakout === 0 && act('breakouts', rt('tools.breakouts'), () => (session.dialog.value = 'breakouts'))}
          {session.may('edit') && act('room-settings', rt('tools.settings'), () => (session.dialog.value = 'room'))}
          {session.may('end') && act('end-all', rt(sure ? 'tools.endSure' : 'tools.end'), () => (sure ? session.order({ t: 'end' }) : setSure(true)), 'danger')}
        </div>
        <label class="check"><input type="checkbox" data-test="lock" checked={d.settings.locked === true} onChange={(e) => session.order({ t: 'lock', on: e.currentTarget.checked })} />{rt('tools.lock')}</label>
      </section>
    </>
  );
}

export function PersonMenu({ session, member }: { session: Session; member: Member }) {
  const [open, setOpen] = useState(false);
  const m = session.meeting.value;
  const { id, name, role } = member;
  const opener = useRef<HTMLButtonElement>(null);
  const over = rank(role) < rank(m.role);
  if (id === m.me || rank(role) > rank(m.role)) return null;
  const close = (): void => {
    setOpen(false);
    opener.current?.focus();
  };
  const say = (order: Order): void => {
    close();
    session.order(order);
  };
  const item = (what: string, order: Order, when = true) => when && <button key={what} type="button" class="btn small" data-test={`person-${what}`} onClick={() => say(order)}>{rt(`person.${what}`)}</button>;
  const appoint = session.may('appoint');
  return (
    <>
      <button ref={opener} type="button" class="icon-btn dots" data-test="person-menu" data-member={id} aria-expanded={open} aria-label={rt('person.menu', { name })} onClick={() => setOpen(!open)}>⋯</button>
      {open && (
        <div class="row tools person-tools" role="group" aria-label={rt('person.menu', { name })} onKeyDown={(e) => { if (e.key === 'Escape') { e.stopPropagation(); close(); } }}>
          {item('mute', { t: 'mute', id, what: 'mic' }, member.mic)}
          {item('unmute', { t: 'ask', id, what: 'mic' }, !member.mic)}
          {item('camera', { t: 'mute', id, what: 'camera' }, member.cam)}
          {item('screen', { t: 'mute', id, what: 'screen' }, member.screen)}
          {item('lower', { t: 'lower', id }, member.hand > 0)}
          {item('speaker', { t: 'grant', id, role: 'speaker' }, over && rank(role) < rank('speaker'))}
          {item('moderator', { t: 'grant', id, role: 'moderator' }, over && appoint && role !== 'moderator')}
          {item('guest', { t: 'grant', id, role: 'guest' }, over && role !== 'guest' && role !== 'member' && (appoint || role !== 'moderator'))}
          {item('listener', { t: 'grant', id, role: 'listener' }, over && role !== 'listener' && (appoint || role !== 'moderator'))}
          {item('remove', { t: 'remove', id }, over)}
          {item('ban', { t: 'remove', id, ban: true }, over)}
        </div>
      )}
    </>
  );
}
