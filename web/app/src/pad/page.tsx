/** `/p/{id}`: a pad on its own. `/p`: the pads that this browser knows. A lazy chunk. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { codeOf } from '../store/api';
import { go, personName, setPersonName } from '../store/app';
import { Prefs, Top } from '../ui/parts';
import { PadApi, type Kind, type PadInfo } from './api';
import { PadIcon } from './icons';
import { NewPads } from './list';
import { copyOf, forgetPad, knownPad, knownPads, rememberPad, roomAccess, takeSecret, type Known } from './memory';
import { Pad } from './model';
import { roomPictures } from './pictures';
import { adopt } from '../lib/adopt';
import css from './pad.lazy.css';
import { template, type Template } from './templates';
import { ago, padError, tp } from './text';
import { TextPad } from './view';
import { useWiki } from './wiki';

const NAME_MAX = 64;

export function PadPage({ id }: { id: string }) {
  useMemo(() => adopt(css), []);
  return id === '' ? <Mine /> : <OnePad key={id} id={id} />;
}

/** The pads that this browser has links to, and a new one. */
function Mine() {
  const [list, setList] = useState(knownPads);
  const [failed, setFailed] = useState('');
  const make = async (which: Template): Promise<void> => {
    try {
      const { title, text } = template(which, Date.now());
      const { pad, links } = await new PadApi(() => '').create({ title, text, kind: which === 'board' ? 'board' : 'text' });
      go(links ? `/p/${pad.id}#${links.own}` : `/p/${pad.id}`);
    } catch (e) {
      setFailed(codeOf(e));
    }
  };
  const forget = (k: Known): void => {
    forgetPad(k.id);
    setList(knownPads());
  };
  return (
    <div class="page" data-test="page-pads">
      <Top home={() => go('/')} />
      <main class="pads-mine">
        <h1>{tp('mine.title')}</h1>
        <p class="lead">{tp('mine.lead')}</p>
        <NewPads make={(which) => void make(which)} />
        {failed && <p class="note bad" role="alert" data-test="pads-error">{padError(failed)}</p>}
        {list.length > 0 && <h2>{tp('mine.known')}</h2>}
        <ul class="pads-known">{list.map((k) => (
          <li key={k.id}>
            <a class="pad-entry" data-test="known-pad" data-pad={k.id} href={`/p/${k.id}`} onClick={(e) => { e.preventDefault(); go(`/p/${k.id}`); }}><PadIcon name={k.kind === 'board' ? 'board' : 'list'} /><span><b>{k.title || tp('untitled')}</b><small class="hint num">{tp('mine.seen', { when: ago(k.at, Date.now()) })}</small></span></a>
            <button type="button" class="btn small quiet" onClick={() => forget(k)} aria-label={tp('mine.forget', { title: k.title || tp('untitled') })}>×</button>
          </li>
        ))}</ul>
      </main>
      <Prefs />
    </div>
  );
}

function accessOf(id: string): () => string {
  const room = new URLSearchParams(location.search).get('room') ?? '';
  return () => (room && roomAccess(room)) || (knownPad(id)?.access ?? '');
}

function OnePad({ id }: { id: string }) {
  const [kind, setKind] = useState<Kind | null>(null);
  const [info, setInfo] = useState<PadInfo | null>(null);
  const [failed, setFailed] = useState('');
  const [tries, setTries] = useState(0);
  useMemo(() => takeSecret(id), [id]);
  const access = useMemo(() => accessOf(id), [id]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    void new PadApi(access).get(id).then((got) => {
      setInfo(got);
      setKind(got.kind);
      setFailed('');
    }, (e: unknown) => {
      const code = codeOf(e);
      // Without a line, what this browser kept is shown all the same.
      const here = code === 'unreachable' ? copyOf(id) ?? knownPad(id) : undefined;
      if (here) setKind(here.kind);
      else setFailed(code);
      if (code === 'unreachable') timer = setTimeout(() => setTries((n) => n + 1), 3_000);
    });
    return () => clearTimeout(timer);
  }, [id, tries]);
  if (failed || kind === null) {
    return (
      <div class="page" data-test="page-pad" data-state={failed ? 'failed' : 'loading'} data-code={failed}>
        <Top home={() => go('/')} />
        <main class="pads-mine">{failed ? <><h1>{tp('none.title')}</h1><p class="lead">{padError(failed)}</p><p><a class="btn go" href="/p" onClick={(e) => { e.preventDefault(); go('/p'); }}>{tp('none.go')}</a></p></> : <p class="hint" role="status">{tp('loading')}</p>}</main>
        <Prefs />
      </div>
    );
  }
  return <Opened id={id} kind={kind} room={info?.room ?? ''} access={access} />;
}

function Opened({ id, kind, room, access }: { id: string; kind: Kind; room: string; access: () => string }) {
  const pad = useMemo(() => new Pad({ id, access, name: () => personName.value.trim(), title: knownPad(id)?.title ?? '' }), [id]);
  useEffect(() => () => pad.close(), [pad]);
  const info = pad.info.value;
  useEffect(() => {
    const known = knownPad(id);
    if (known && info) rememberPad({ ...known, title: info.title, kind: info.kind });
    document.title = `${info?.title || tp('untitled')} · Tablée`;
  }, [info?.title]);
  const pictures = useMemo(() => (room ? roomPictures(room, access) : null), [room]);
  const { find } = useWiki(pad.api, room);
  const deleted = (): void => {
    forgetPad(id);
    go('/p');
  };
  return (
    <div class="pad-page" data-test="page-pad" data-state="open">
      <div class="pad-page-top"><Top home={() => go('/')} /><NameField pad={pad} /><a class="btn small quiet" href="/p" onClick={(e) => { e.preventDefault(); go('/p'); }}>{tp('mine.title')}</a><Prefs /></div>
      <main>{kind === 'board' ? <LazyBoard pad={pad} deleted={deleted} /> : <TextPad pad={pad} putImage={pictures} wiki={find} visit={go} deleted={deleted} />}</main>
    </div>
  );
}

/** Whoever comes by a link says how they are called; at a table they are known already. */
function NameField({ pad }: { pad: Pad }) {
  const me = pad.me.value;
  if (!me?.guest) return <span class="pad-page-fill" />;
  return (
    <label class="pad-name"><span class="label">{tp('yourName')}</span>
      <input class="input" data-test="pad-name" aria-label={tp('yourName')} value={personName.value} placeholder={me.name} maxLength={NAME_MAX} onInput={(e) => setPersonName(e.currentTarget.value)} onChange={() => pad.rename(personName.value.trim())} /></label>
  );
}

export function LazyBoard(props: { pad: Pad; compact?: boolean; close?: () => void; deleted: () => void; before?: preact.ComponentChildren }) {
  const [Board, setBoard] = useState<((p: typeof props) => preact.VNode) | null>(null);
  useEffect(() => void import('../board').then((m) => setBoard(() => m.Board)), []);
  return Board ? <Board {...props} /> : <p class="pad-wait" role="status">{tp('loading')}</p>;
}
