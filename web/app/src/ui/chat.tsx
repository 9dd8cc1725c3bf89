/** The chat: text nodes and safe links only. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { clock, errorText, t } from '../i18n';
import { linkify } from '../lib/linkify';
import { personClass } from '../lib/person';
import type { ChatLine } from '../store/meeting';
import type { Session } from '../store/session';
import { Icon } from './icons';
import { Avatar } from './parts';

const attach = async (session: Session, files: readonly File[]): Promise<void> => (await import('../files/attach')).attach(session, files);

const MAX_LENGTH = 4000;
/** Lines of one person within this time are one block. */
const BLOCK_MS = 3 * 60_000;
const NEAR_END_PX = 120;

export function Chat({ session }: { session: Session }) {
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const { chat } = session.meeting.value;
  const last = chat.at(-1);
  useLayoutEffect(() => {
    const box = list.current;
    if (box && (atEnd.current || last?.from === session.meeting.value.me)) box.scrollTop = box.scrollHeight;
  }, [chat.length, last?.n]);
  const scrolled = (): void => {
    const box = list.current;
    if (box) atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
  };
  return (
    <div class="chat" onDragOver={(e) => { if (e.dataTransfer?.types.includes('Files')) e.preventDefault(); }}
      onDrop={(e) => { const files = [...(e.dataTransfer?.files ?? [])]; if (files.length > 0) { e.preventDefault(); void attach(session, files); } }}>
      <div ref={list} class="chat-list" data-test="chat-list" tabIndex={0} role="log" aria-live="off" aria-label={t('chat.title')} onScroll={scrolled}>
        {chat.length === 0 && <p class="chat-empty">{t('chat.empty')}</p>}
        {chat.map((line, i) => <Line key={line.pending ? `p${line.ref}` : line.n} line={line} first={startsBlock(chat[i - 1], line)} />)}
      </div>
      <Compose session={session} />
    </div>
  );
}

const startsBlock = (before: ChatLine | undefined, line: ChatLine): boolean =>
  !before || before.from !== line.from || before.name !== line.name || line.at - before.at > BLOCK_MS;

function Line({ line, first }: { line: ChatLine; first: boolean }) {
  return (
    <div class={`msg person ${personClass(line.seat)} ${first ? 'first' : ''}`} data-test="chat-message" data-n={line.n} data-from={line.from} data-pending={line.pending === true}>
      {first && <Avatar name={line.name} seat={line.seat} />}
      <div class="text">
        {first && <div class="by"><b>{line.name}</b><time class="num" dateTime={new Date(line.at).toISOString()}>{clock(line.at)}</time>{line.pending && <em>{t('chat.sending')}</em>}</div>}
        {linkify(line.text).map((piece, i) => ('href' in piece
          ? <a key={i} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">{piece.text}</a>
          : piece.text))}
      </div>
    </div>
  );
}

function Compose({ session }: { session: Session }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = session.draft.value;
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  const send = (): void => {
    const text = draft.trim();
    if (text === '') return;
    if (session.say(text)) session.draft.value = '';
    else session.tell(errorText('unreachable'));
  };
  const key = (e: KeyboardEvent): void => {
    if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    send();
  };
  const chooser = useRef<HTMLInputElement>(null);
  const paste = (e: ClipboardEvent): void => {
    const files = [...(e.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    e.preventDefault();
    void attach(session, files);
  };
  return (
    <form onSubmit={(e) => { e.preventDefault(); send(); }} onPaste={paste}>
      <input ref={chooser} type="file" multiple hidden data-test="chat-file" onChange={(e) => { void attach(session, [...(e.currentTarget.files ?? [])]); e.currentTarget.value = ''; }} />
      <button type="button" class="icon-btn" data-test="chat-attach" aria-label={t('chat.attach')} title={t('chat.attach')} onClick={() => chooser.current?.click()}><Icon name="attach" size={22} /></button>
      <textarea ref={field} data-test="chat-input" rows={1} value={draft} maxLength={MAX_LENGTH} placeholder={t('chat.placeholder')} aria-label={t('chat.placeholder')} enterkeyhint="send" onInput={(e) => (session.draft.value = e.currentTarget.value)} onKeyDown={key} />
      <button class="send" data-test="chat-send" aria-label={t('chat.send')} title={t('chat.send')} disabled={draft.trim() === ''}><Icon name="send" size={22} /></button>
    </form>
  );
}
