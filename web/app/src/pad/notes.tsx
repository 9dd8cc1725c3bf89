/** The pads beside a meeting: one click, and they stay until somebody puts them away. A lazy chunk. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { codeOf } from '../store/api';
import { keptNotes } from '../store/app';
import type { Session } from '../store/session';
import { adopt } from '../lib/adopt';
import { useClosing } from '../ui/closing';
import { PadApi, type PadInfo } from './api';
import { PadIcon } from './icons';
import { RoomPads } from './list';
import { Pad } from './model';
import css from './pad.lazy.css';
import { LazyBoard } from './page';
import { roomPictures } from './pictures';
import { padError, tp } from './text';
import { TextPad } from './view';
import { useWiki } from './wiki';

const RETRY_MS = 2_000;

export function Notes({ session, close }: { session: Session; close: () => void }) {
  useMemo(() => adopt(css), []);
  const { room } = session.options;
  // The seat's token changes when one comes back after a long break.
  const access = useMemo(() => () => `seat.${session.meeting.value.room.name || room}.${session.client.resume}`, [session]);
  const api = useMemo(() => new PadApi(access), [access]);
  const [at, setAt] = useState<PadInfo | null>(null);
  const [failed, setFailed] = useState('');
  const [tries, setTries] = useState(0);
  const name = session.meeting.value.room.name || room;
  const joined = session.phase.value === 'joined';
  const toMain = (): Promise<void> => api.create({ room: name, main: true }).then(({ pad }) => (setAt(pad), setFailed('')), (e: unknown) => setFailed(codeOf(e)));
  useEffect(() => {
    if (joined && !at) void toMain();
  }, [joined, tries]);
  useEffect(() => {
    if (!failed) return undefined;
    const timer = setTimeout(() => setTries((n) => n + 1), RETRY_MS);
    return () => clearTimeout(timer);
  }, [failed, tries]);
  const { pads, find } = useWiki(api, joined ? name : '');
  // A link to another pad opens here: the meeting is not left.
  const visit = (path: string): boolean => {
    const id = /^\/p\/([\w-]+)/.exec(path)?.[1];
    const pad = pads.find((p) => p.id === id);
    if (pad) setAt(pad);
    return pad !== undefined;
  };
  const stay = (e: MouseEvent): void => {
    const href = e.target instanceof Element ? e.target.closest('.md a')?.getAttribute('href') : null;
    if (href && visit(href)) e.preventDefault();
  };
  return (
    <aside class="notes" data-test="notes" aria-label={tp('notes')} onClickCapture={stay}>
      {at ? <Shown key={at.id} info={at} room={name} access={access} api={api} wiki={find} visit={visit} choose={setAt} close={close} deleted={() => { setAt(null); setTries((n) => n + 1); }} />
        : <div class="pad-wait" role="status">{failed ? padError(failed) : tp('loading')}<button type="button" class="btn small" data-test="notes-close" onClick={close}>{tp('closePane')}</button></div>}
    </aside>
  );
}

interface ShownProps {
  readonly info: PadInfo;
  readonly room: string;
  readonly access: () => string;
  readonly api: PadApi;
  readonly wiki: (title: string) => string | null;
  readonly visit: (path: string) => void;
  readonly choose: (pad: PadInfo) => void;
  readonly close: () => void;
  readonly deleted: () => void;
}

function Shown({ info, room, access, api, wiki, visit, choose, close, deleted }: ShownProps) {
  const pad = useMemo(() => new Pad({ id: info.id, access, name: () => '' }), [info.id]);
  useEffect(() => () => pad.close(), [pad]);
  const pictures = useMemo(() => roomPictures(room, access), [room]);
  const title = pad.info.value?.title ?? info.title;
  useEffect(() => {
    // Kept for the end: who has left has no access any more.
    if (info.kind === 'text') keptNotes.value = new Map(keptNotes.value).set(info.id, { title, text: pad.text.toString() });
  }, [pad.tick.value, title]);
  const before = <Switch api={api} room={room} at={info.id} choose={choose} />;
  if (info.kind === 'board') return <LazyBoard compact pad={pad} before={before} close={close} deleted={deleted} />;
  return <TextPad compact pad={pad} putImage={pictures} wiki={wiki} visit={visit} before={before} close={close} deleted={deleted} />;
}

function Switch({ api, room, at, choose }: { api: PadApi; room: string; at: string; choose: (pad: PadInfo) => void }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useClosing(box, open, () => setOpen(false), button);
  return (
    <div class="pad-switch" ref={box}>
      <button ref={button} type="button" class="icon-btn" data-test="pad-switch" aria-expanded={open} aria-haspopup="true" aria-label={tp('list.open')} title={tp('list.open')} onClick={() => setOpen(!open)}><PadIcon name="list" size={22} /></button>
      {open && <div class="menu pad-menu pad-switch-menu"><RoomPads api={api} room={room} at={at} choose={(p) => { setOpen(false); choose(p); }} /></div>}
    </div>
  );
}
