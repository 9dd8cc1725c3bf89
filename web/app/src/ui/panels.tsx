/** The panel beside the picture: chat, participants, invitation, as tabs of one place. */
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { lazy } from './lazy';
import type { Member } from '../media';
import { bySeat, hands } from '../store/meeting';
import type { Panel, Session } from '../store/session';
import { Chat } from './chat';
import { useKeptFocus } from './closing';
import { Icon } from './icons';
import { InviteLink, QRCode } from './invite';
import { Avatar } from './parts';

const TABS = [['chat', 'chat.title'], ['people', 'people.title'], ['polls', 'polls.title'], ['files', 'files.title'], ['invite', 'invite.title']] as const;
const Tools = lazy(async () => (await import('../room/tools')).Tools);
const PersonMenu = lazy(async () => (await import('../room/tools')).PersonMenu, { quiet: true });
const Polls = lazy(async () => (await import('../room/polls')).Polls);
const Links = lazy(async () => (await import('../room/links')).Links);
const Files = lazy(async () => (await import('../files/panel')).FilesPanel);

export function SidePanel({ session, panel }: { session: Session; panel: Panel }) {
  const box = useRef<HTMLElement>(null);
  // Opening moves the focus into the panel, closing gives it back to whoever opened it.
  // Noted while drawing: effects of what is inside the panel run first and move the focus.
  const opener = useRef(document.activeElement);
  useEffect(() => {
    const before = opener.current;
    return () => {
      const to = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : document.querySelector<HTMLElement>(`[data-test="${panel === 'chat' ? 'chat' : 'more'}"]`);
      if (box.current?.contains(document.activeElement) || document.activeElement === document.body) to?.focus({ preventScroll: true });
    };
  }, []);
  const tab = (): HTMLElement | null | undefined => box.current?.querySelector<HTMLElement>('[aria-selected="true"]');
  useKeptFocus(box, tab);
  useEffect(() => {
    if (panel !== 'chat') tab()?.focus({ preventScroll: true });
  }, [panel]);
  const close = (): void => session.open(null);
  const arrows = (e: KeyboardEvent): void => {
    const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const at = TABS.findIndex(([id]) => id === panel);
    const next = TABS[(at + step + TABS.length) % TABS.length];
    if (next) session.open(next[0]);
  };
  return (
    <aside ref={box} class="panel" data-test="panel" data-panel={panel} aria-label={t(`${panel}.title`)} onKeyDown={(e) => { if (e.key === 'Escape') { e.stopPropagation(); close(); } }}>
      <div class="panel-head">
        <div class="tabs" role="tablist" onKeyDown={arrows}>
          {TABS.map(([id, title]) => (
            <button key={id} type="button" role="tab" class="tab" id={`tab-${id}`} data-test={`tab-${id}`} aria-selected={panel === id} aria-controls="panel-body" tabIndex={panel === id ? 0 : -1} onClick={() => panel !== id && session.open(id)}>{t(title)}</button>
          ))}
        </div>
        <button type="button" class="icon-btn" data-test="panel-close" aria-label={t('app.close')} onClick={close}><Icon name="close" /></button>
      </div>
      <div id="panel-body" role="tabpanel" aria-labelledby={`tab-${panel}`} class={`panel-body ${panel === 'chat' ? '' : 'scroll'}`} tabIndex={panel === 'people' ? 0 : -1}>
        {panel === 'chat' && <Chat session={session} />}
        {panel === 'people' && <People session={session} />}
        {panel === 'polls' && <Polls session={session} />}
        {panel === 'files' && <Files session={session} />}
        {panel === 'invite' && <Invite session={session} />}
      </div>
    </aside>
  );
}

function Invite({ session }: { session: Session }) {
  return <><p>{t('invite.lead')}</p><InviteLink session={session} field /><QRCode session={session} />{session.may('invite') && <Links session={session} />}</>;
}

function People({ session }: { session: Session }) {
  const m = session.meeting.value;
  const raised = hands(m);
  const row = (p: Member, order: number) => <Person key={p.id} session={session} member={p} me={p.id === m.me} order={order} />;
  return (
    <>
      <p class="hint num">{t('people.seats', { count: m.members.size, max: m.max || m.members.size })}</p>
      {session.may('silence') && <Tools session={session} />}
      {raised.length > 0 && (
        <section class="section"><h3>{t('people.hands')}</h3><ol class="people">{raised.map((p, i) => row(p, i + 1))}</ol></section>
      )}
      <ul class="people">{bySeat(m).filter((p) => p.hand === 0).map((p) => row(p, 0))}</ul>
    </>
  );
}

/** Roles that are worth a word; a guest is the rule. */
const ROLES = new Set(['host', 'moderator', 'speaker', 'member', 'listener']);

function Person({ session, member, me, order }: { session: Session; member: Member; me: boolean; order: number }) {
  const notes = [me && t('app.you'), ROLES.has(member.role) && t(`app.${member.role}` as 'app.host'), member.screen && t('people.sharing'), member.away && t('people.away')].filter(Boolean);
  return (
    <li data-test="person" data-member={member.id} data-mic={member.mic ? 'on' : 'off'} data-camera={member.cam ? 'on' : 'off'} data-hand={order}>
      <Avatar name={member.name} seat={member.seat} />
      <span class="who"><b>{member.name}</b>{notes.length > 0 && <small>{notes.join(' · ')}</small>}</span>
      <span class="signs">
        {order > 0 && <span class="hand"><Icon name="hand" size={18} /><span aria-hidden="true">{order}</span><span class="sr">{t('people.handOrder', { order })}</span></span>}
        <span class={member.mic ? '' : 'off'} title={t(member.mic ? 'people.micOn' : 'people.micOff')}><Icon name={member.mic ? 'mic' : 'micOff'} size={20} /><span class="sr">{t(member.mic ? 'people.micOn' : 'people.micOff')}</span></span>
        <span title={t(member.cam ? 'people.camOn' : 'people.camOff')}><Icon name={member.cam ? 'camera' : 'cameraOff'} size={20} /><span class="sr">{t(member.cam ? 'people.camOn' : 'people.camOff')}</span></span>
      </span>
      {!me && session.may('silence') && <PersonMenu session={session} member={member} />}
    </li>
  );
}
