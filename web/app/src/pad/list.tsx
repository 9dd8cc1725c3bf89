/** Pads to choose from, with search and last change, and a new one. */
import { useEffect, useState } from 'preact/hooks';
import { codeOf } from '../store/api';
import type { PadApi, PadInfo } from './api';
import { PadIcon } from './icons';
import { TEMPLATES, template, type Template } from './templates';
import { ago, padError, tp } from './text';

const SEARCH_MS = 250;

interface ListProps {
  readonly api: PadApi;
  readonly room: string;
  /** The pad that is shown now. */
  readonly at: string;
  readonly choose: (pad: PadInfo) => void;
}

export function RoomPads({ api, room, at, choose }: ListProps) {
  const [words, setWords] = useState('');
  const [pads, setPads] = useState<readonly PadInfo[] | null>(null);
  const [failed, setFailed] = useState('');
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => api.list(room, words).then((list) => wanted && (setPads(list), setFailed('')), (e: unknown) => wanted && setFailed(codeOf(e))), words ? SEARCH_MS : 0);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [words, room]);
  const make = async (which: Template): Promise<void> => {
    try {
      choose((await api.create({ room, kind: which === 'board' ? 'board' : 'text', ...template(which, Date.now()) })).pad);
    } catch (e) {
      setFailed(codeOf(e));
    }
  };
  return (
    <div class="pad-list" data-test="pad-list">
      <input class="input" type="search" data-test="pad-search" aria-label={tp('list.search')} placeholder={tp('list.search')} value={words} onInput={(e) => setWords(e.currentTarget.value)} />
      {failed && <p class="note bad" role="alert">{padError(failed)}</p>}
      {pads?.length === 0 && <p class="hint">{tp(words ? 'list.nothing' : 'list.empty')}</p>}
      <ul>{pads?.map((p) => (
        <li key={p.id}><button type="button" class="pad-entry" data-test="pad-entry" data-pad={p.id} aria-current={p.id === at} onClick={() => choose(p)}>
          <PadIcon name={p.kind === 'board' ? 'board' : 'list'} />
          <span><b>{p.title || (p.main ? tp('list.main') : tp('untitled'))}</b>
            {p.snippet && p.snippet.length > 0 && <small>{p.snippet.map(([text, match], i) => (match ? <mark key={i}>{text}</mark> : <span key={i}>{text}</span>))}</small>}
            <small class="hint num">{ago(p.changed, Date.now())}</small></span>
        </button></li>
      ))}</ul>
      <NewPads make={(which) => void make(which)} />
    </div>
  );
}

export function NewPads({ make }: { make: (which: Template) => void }) {
  return (
    <div class="pad-new" role="group" aria-label={tp('list.new')}>
      <h3>{tp('list.new')}</h3>
      {TEMPLATES.map((which) => <button key={which} type="button" class="btn small" data-test="pad-new" data-template={which} onClick={() => make(which)}><PadIcon name={which === 'board' ? 'board' : which === 'tasks' ? 'tasks' : 'plus'} size={18} />{tp(`template.${which}`)}</button>)}
    </div>
  );
}
