/** One text pad as it is shown, on its own page and beside a meeting. */
import { effect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { lang } from '../i18n';
import { begin, threads } from './comments';
import { CommentsPanel } from './comments-panel';
import { TextEditor } from './editor';
import { Banners, PadHead } from './head';
import { HistoryView } from './history';
import { PadDialogs } from './menu';
import type { Pad } from './model';
import { PlainText } from './plain';
import { usePrint } from './print';
import { Markdown, headings } from './render';
import { PadView } from './state';
import { count, tp } from './text';
import { Tools, type ToolAction } from './toolbar';

/** Puts a picture somewhere and gives its address; null where there is no place for pictures. */
export type PutImage = (file: File) => Promise<string>;

export interface TextPadProps {
  readonly pad: Pad;
  /** Beside a meeting: less around the text. */
  readonly compact?: boolean;
  readonly putImage?: PutImage | null;
  /** Where a pad of this title is; for [[links]]. */
  readonly wiki?: (title: string) => string | null;
  /** Goes to such a place. */
  readonly visit?: (path: string) => void;
  readonly before?: ComponentChildren;
  readonly close?: () => void;
  readonly deleted: () => void;
}

export function TextPad(props: TextPadProps) {
  const { pad, compact = false } = props;
  const view = useMemo(() => new PadView(), [pad]);
  const editor = useRef<TextEditor | null>(null);
  const fileInput = useRef<HTMLInputElement>(null);
  const mode = view.mode.value;
  usePrint(pad, props.wiki);

  const comment = (): void => {
    const state = editor.current?.view.state;
    if (!state || mode !== 'edit') return void (view.side.value = 'comments');
    const { main } = state.selection;
    const word = main.empty ? state.wordAt(main.head) ?? state.doc.lineAt(main.head) : main;
    view.side.value = 'comments';
    view.thread.value = '';
    view.draft.value = word.from < word.to ? [word.from, word.to] : null;
    if (word.from === word.to) view.notice.value = tp('comments.nothing');
  };
  const images = async (files: readonly File[]): Promise<void> => {
    for (const file of files) {
      try {
        if (!props.putImage) throw new Error('nowhere');
        const address = await props.putImage(file);
        editor.current?.insert(`![${file.name.replace(/[[\]\n]/g, '')}](${address})\n`);
      } catch (e) {
        view.notice.value = tp(e instanceof Error && e.message === 'nowhere' ? 'image.nowhere' : 'image.failed');
      }
    }
  };
  const visit = (title: string): void => {
    const path = props.wiki?.(title);
    if (path) props.visit?.(path);
    else view.notice.value = tp('wiki.none', { title });
  };
  const act = (what: ToolAction): void => {
    const e = editor.current;
    if (what === 'comment') comment();
    else if (what === 'image') props.putImage ? fileInput.current?.click() : (view.notice.value = tp('image.nowhere'));
    else if (what === 'undo') e?.undo();
    else if (what === 'redo') e?.redo();
    else if (what === 'find') e?.find();
    else e?.format(what);
  };

  const ready = pad.synced.value || pad.kept.value;
  return (
    <section class={`pad ${compact ? 'compact' : ''}`} data-test="pad" data-kind="text" data-saved={pad.saved.value} data-right={pad.right.value} data-line={pad.online.value ? 'up' : 'down'} data-mode={mode} data-ready={ready} aria-label={pad.info.value?.title || tp('untitled')}>
      <PadHead pad={pad} view={view} compact={compact} {...(props.close ? { close: props.close } : {})}>{props.before}</PadHead>
      <Banners pad={pad} view={view} />
      {mode === 'edit' && <Tools writable={pad.writable.value} commentable={pad.commentable.value} act={act} />}
      <div class={`pad-body ${view.side.value && mode !== 'history' ? 'with-side' : ''}`}>
        {!ready && !pad.trouble.value && <p class="pad-wait" role="status">{tp('loading')}</p>}
        {mode === 'history' ? <HistoryView pad={pad} view={view} /> : (
          <>
            <div class="pad-paper">
              {mode === 'edit' && <Editor pad={pad} view={view} hold={editor} image={(f) => void images(f)} comment={comment} visit={visit} />}
              {mode === 'plain' && <PlainText pad={pad} />}
              {mode === 'preview' && <Preview pad={pad} {...(props.wiki ? { wiki: props.wiki } : {})} />}
            </div>
            {view.side.value === 'comments' && <CommentsPanel pad={pad} view={view} goTo={(at, to) => editor.current?.goTo(at, to)} begin={(text) => {
              const draft = view.draft.value;
              if (!draft) return;
              view.thread.value = begin(pad, draft[0], draft[1], text);
              view.draft.value = null;
            }} />}
            {view.side.value === 'contents' && <Contents pad={pad} view={view} goTo={(at) => editor.current?.goTo(at, at)} />}
          </>
        )}
      </div>
      <Foot pad={pad} />
      <PadDialogs pad={pad} view={view} deleted={props.deleted} />
      <input ref={fileInput} type="file" accept="image/*" multiple hidden data-test="pad-image-file" aria-label={tp('tool.image')} onChange={(e) => {
        void images([...(e.currentTarget.files ?? [])]);
        e.currentTarget.value = '';
      }} />
    </section>
  );
}

/** Keeps one editor alive in its element; all that changes goes in by effects, so that nothing is drawn twice. */
function Editor({ pad, view, hold, image, comment, visit }: { pad: Pad; view: PadView; hold: { current: TextEditor | null }; image: (files: readonly File[]) => void; comment: () => void; visit: (title: string) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef({ image, comment, visit });
  latest.current = { image, comment, visit };
  useEffect(() => {
    if (!box.current) return undefined;
    const editor = new TextEditor({
      pad, parent: box.current, readOnly: !pad.writable.peek(),
      thread: (id) => { view.thread.value = id; view.side.value = 'comments'; },
      image: (files) => latest.current.image(files), comment: () => latest.current.comment(), visit: (title) => latest.current.visit(title),
      tooMuch: () => (view.notice.value = tp('paste.tooMuch')),
    });
    hold.current = editor;
    const offs = [
      effect(() => editor.setReadOnly(!pad.writable.value)),
      effect(() => {
        void lang.value;
        editor.setLanguage();
      }),
      effect(() => {
        void pad.tick.value;
        editor.showThreads(threads(pad), view.thread.value);
      }),
      effect(() => {
        void pad.tick.value;
        void pad.people.value;
        void pad.authors.value;
        editor.paint(view.colors.value);
      }),
      effect(() => {
        void pad.tick.value;
        void pad.people.value;
        if (view.following.value) editor.goToPerson(view.following.value);
      }),
    ];
    const unfollow = (): void => void (view.following.value = 0);
    for (const event of ['wheel', 'touchmove', 'keydown'] as const) box.current.addEventListener(event, unfollow, { passive: true });
    return () => {
      for (const off of offs) off();
      hold.current = null;
      editor.destroy();
    };
  }, [pad]);
  return <div class="pad-editor" ref={box} />;
}

/** Beyond this many UTF-16 units what is drawn from the whole text waits for a pause in the writing. */
const LONG = 50_000;
const PAUSE_MS = 600;

/** The text as it is now; a long one as it was at the last pause. */
function useText(pad: Pad): string {
  const { value } = pad.tick;
  const long = pad.text.length > LONG;
  const [paused, setPaused] = useState(() => pad.text.toString());
  useEffect(() => {
    if (!long) return undefined;
    const timer = setTimeout(() => setPaused(pad.text.toString()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value, long]);
  return long ? paused : pad.text.toString();
}

function Preview({ pad, wiki }: { pad: Pad; wiki?: (title: string) => string | null }) {
  const text = useText(pad);
  const shown = useMemo(() => (text.trim() ? <Markdown text={text} missingPicture={tp('image.foreign')} {...(wiki ? { wiki } : {})} /> : null), [text, wiki, lang.value]);
  return <article class="md" data-test="pad-preview" tabIndex={0} aria-label={tp('preview')}>{shown ?? <p class="hint">{tp('preview.empty')}</p>}</article>;
}

function Contents({ pad, view, goTo }: { pad: Pad; view: PadView; goTo: (at: number) => void }) {
  const text = useText(pad);
  const list = useMemo(() => headings(text), [text]);
  return (
    <aside class="pad-side" data-test="pad-contents" aria-label={tp('contents')}>
      <div class="pad-side-head"><h2>{tp('contents')}</h2><button type="button" class="btn small" onClick={() => (view.side.value = null)}>{tp('close')}</button></div>
      {list.length === 0 ? <p class="hint">{tp('contents.empty')}</p> : <ol class="pad-toc">{list.map((h) => <li key={h.from} class={`toc-${h.level}`}><button type="button" onClick={() => goTo(h.from)}>{h.text}</button></li>)}</ol>}
    </aside>
  );
}

function Foot({ pad }: { pad: Pad }) {
  void pad.tick.value;
  const [n, setN] = useState({ words: 0, chars: 0 });
  // Counting waits for a pause: a long text takes a while to be cut into words.
  useEffect(() => {
    const timer = setTimeout(() => setN(count(pad.text.toString())), 250);
    return () => clearTimeout(timer);
  }, [pad.tick.value]);
  return <p class="pad-foot num" data-test="pad-count">{tp('words', { count: n.words })} · {tp('chars', { count: n.chars })}</p>;
}
