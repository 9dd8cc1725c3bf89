/** The threads beside the text, in its order. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { initials } from '../lib/person';
import { NOTE_MAX, remove, reply, resolve, threads, type Note, type Thread } from './comments';
import { colorClass, type Pad } from './model';
import type { PadView } from './state';
import { ago, tp } from './text';

interface Props {
  readonly pad: Pad;
  readonly view: PadView;
  readonly goTo: (from: number, to: number) => void;
  readonly begin: (text: string) => void;
}

export function CommentsPanel({ pad, view, goTo, begin }: Props) {
  void pad.tick.value;
  const [resolved, setResolved] = useState(false);
  const all = threads(pad);
  const done = all.filter((t) => t.resolved).length;
  const list = all.filter((t) => t.resolved === resolved);
  const draft = view.draft.value;
  return (
    <aside class="pad-side" data-test="pad-comments-panel" aria-label={tp('comments')}>
      <div class="pad-side-head"><h2>{tp('comments')}</h2><button type="button" class="btn small" data-test="pad-side-close" onClick={() => (view.side.value = null)}>{tp('close')}</button></div>
      {done > 0 && <label class="check"><input type="checkbox" data-test="comments-resolved" checked={resolved} onChange={(e) => setResolved(e.currentTarget.checked)} />{tp('comments.resolved', { count: done })}</label>}
      {draft && pad.commentable.value && (
        <div class="pad-thread-card active">
          <blockquote>{pad.text.toString().slice(draft[0], Math.min(draft[1], draft[0] + 120))}</blockquote>
          <Write test="comment-new" label={tp('comments.write')} button={tp('comments.add')} send={begin} cancel={() => (view.draft.value = null)} focus />
        </div>
      )}
      {list.length === 0 && !draft && <p class="hint">{tp(pad.commentable.value ? 'comments.empty' : 'comments.none')}</p>}
      <ol class="pad-threads">{list.map((t) => <Card key={t.id} pad={pad} view={view} thread={t} goTo={goTo} />)}</ol>
    </aside>
  );
}

function Card({ pad, view, thread, goTo }: { pad: Pad; view: PadView; thread: Thread; goTo: Props['goTo'] }) {
  const active = view.thread.value === thread.id;
  const box = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (active) box.current?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const show = (): void => {
    view.thread.value = thread.id;
    if (thread.range) goTo(thread.range[0], thread.range[1]);
  };
  return (
    <li ref={box} class={`pad-thread-card ${active ? 'active' : ''}`} data-test="thread" data-thread={thread.id} data-resolved={thread.resolved} onFocusIn={() => (view.thread.value = thread.id)}>
      <button type="button" class="pad-thread-quote" data-test="thread-show" onClick={show}>{thread.range ? thread.quote : tp('comments.gone', { quote: thread.quote })}</button>
      <ul>{thread.notes.map((n) => <Said key={n.id} note={n} />)}</ul>
      {pad.commentable.value && (
        <>
          {active && !thread.resolved && <Write test="comment-reply" label={tp('comments.reply')} button={tp('comments.send')} send={(text) => reply(pad, thread.id, text)} />}
          <div class="pad-thread-actions">
            <button type="button" class="btn small" data-test="thread-resolve" onClick={() => resolve(pad, thread.id, !thread.resolved)}>{tp(thread.resolved ? 'comments.reopen' : 'comments.resolve')}</button>
            {!active && !thread.resolved && <button type="button" class="btn small quiet" data-test="thread-reply" onClick={() => (view.thread.value = thread.id)}>{tp('comments.reply')}</button>}
            {thread.resolved && <button type="button" class="btn small quiet" onClick={() => remove(pad, thread.id)}>{tp('comments.delete')}</button>}
          </div>
        </>
      )}
    </li>
  );
}

function Said({ note }: { note: Note }) {
  return (
    <li class="pad-note" data-test="note">
      <span class={`avatar person ${colorClass(note.seat, note.color ?? '')}`} aria-hidden="true">{initials(note.by)}</span>
      <div><p><b>{note.by || tp('someone')}</b> <time class="hint num" dateTime={new Date(note.at).toISOString()}>{ago(note.at, Date.now())}</time></p><p class="pad-note-text">{note.text}</p></div>
    </li>
  );
}

function Write({ test, label, button, send, cancel, focus = false }: { test: string; label: string; button: string; send: (text: string) => void; cancel?: () => void; focus?: boolean }) {
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (focus) field.current?.focus();
  }, []);
  const go = (e?: Event): void => {
    e?.preventDefault();
    if (!text.trim()) return;
    send(text.trim());
    setText('');
  };
  return (
    <form class="pad-write" onSubmit={go}>
      <textarea ref={field} data-test={test} aria-label={label} placeholder={label} rows={2} maxLength={NOTE_MAX} value={text} onInput={(e) => setText(e.currentTarget.value)}
        onKeyDown={(e) => { if (e.key === 'Enter' && !e.shiftKey) go(e); if (e.key === 'Escape') { e.stopPropagation(); cancel?.(); } }} />
      <div class="pad-thread-actions">
        <button class="btn small go" data-test={`${test}-send`} disabled={!text.trim()}>{button}</button>
        {cancel && <button type="button" class="btn small quiet" onClick={cancel}>{tp('cancel')}</button>}
      </div>
    </form>
  );
}
