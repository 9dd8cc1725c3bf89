/** "More" of a pad, and its dialogs: links, deletion. */
import { useRef, useState } from 'preact/hooks';
import { codeOf } from '../store/api';
import { useClosing } from '../ui/closing';
import { mayWrite } from './api';
import { PadIcon } from './icons';
import { Confirm, ShareDialog } from './links';
import type { Pad } from './model';
import { save } from './save';
import type { PadView } from './state';
import { padError, tp } from './text';

const PICTURES = ['png', 'svg'] as const;
const FORMATS = ['md', 'html', 'txt', 'odt', 'docx'] as const;

/** `exportAs` is there for a whiteboard: pictures instead of texts. */
export function PadMenu({ pad, view, compact, exportAs }: { pad: Pad; view: PadView; compact: boolean; exportAs?: (format: 'png' | 'svg') => Promise<void> }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const file = useRef<HTMLInputElement>(null);
  useClosing(box, open, () => setOpen(false), button);
  const own = pad.right.value === 'own';
  const info = pad.info.value;
  const attempt = async (what: () => Promise<unknown>): Promise<void> => {
    setOpen(false);
    try {
      await what();
    } catch (e) {
      view.notice.value = padError(codeOf(e));
    }
  };
  const fetchAs = (format: string): Promise<void> => attempt(async () => save(await pad.api.export(pad.id, format), `${info?.title || tp('untitled')}.${format}`));
  const item = (test: string, word: string, click: () => void, pressed?: boolean) => (
    <button type="button" class="item" data-test={test} {...(pressed === undefined ? {} : { 'aria-pressed': pressed })} onClick={() => { setOpen(false); click(); }}>{word}{pressed && <PadIcon name="check" size={18} />}</button>
  );
  return (
    <div class="pad-more" ref={box}>
      <button ref={button} type="button" class="icon-btn" data-test="pad-more" aria-expanded={open} aria-haspopup="true" aria-label={tp('more')} title={tp('more')} onClick={() => setOpen(!open)}><PadIcon name="more" size={24} /></button>
      {open && (
        <div class="menu pad-menu" data-test="pad-menu">
          {compact && !exportAs && item('pad-history', tp('history'), () => (view.mode.value = view.mode.value === 'history' ? 'edit' : 'history'), view.mode.value === 'history')}
          {compact && own && item('pad-share', tp('share'), () => (view.dialog.value = 'share'))}
          {!exportAs && <>{item('pad-contents-toggle', tp('contents'), () => (view.side.value = view.side.value === 'contents' ? null : 'contents'), view.side.value === 'contents')}
          {item('pad-colors', tp('authorColors'), () => { view.setColors(!view.colors.value); void pad.loadAuthors().catch(() => undefined); }, view.colors.value)}
          {item('pad-plain-toggle', tp('plain'), () => view.setPlain(view.mode.value !== 'plain'), view.mode.value === 'plain')}</>}
          <h3>{tp('download')}</h3>
          <div class="pad-formats">
            {exportAs ? PICTURES.map((f) => <button key={f} type="button" class="btn small" data-test="pad-export" data-format={f} onClick={() => void attempt(() => exportAs(f))}>{f}</button>)
              : FORMATS.map((f) => <button key={f} type="button" class="btn small" data-test="pad-export" data-format={f} onClick={() => void fetchAs(f)}>{f}</button>)}
            {!exportAs && <button type="button" class="btn small" data-test="pad-print" onClick={() => { setOpen(false); print(); }}>{tp('print')}</button>}
          </div>
          {mayWrite(pad.right.value) && !exportAs && item('pad-import', tp('import'), () => file.current?.click())}
          {own && info?.room !== '' && item('pad-guests', tp('guestsWrite'), () => void attempt(async () => (pad.info.value = await pad.api.change(pad.id, { guests: info?.guests === 'write' ? 'read' : 'write' }))), info?.guests === 'write')}
          {own && item('pad-delete', tp('delete'), () => (view.dialog.value = 'delete'))}
        </div>
      )}
      <input ref={file} type="file" accept=".md,.txt,.html,.htm,.docx,.odt,.etherpad" hidden data-test="pad-import-file" aria-label={tp('import')} onChange={(e) => {
        const chosen = e.currentTarget.files?.[0];
        e.currentTarget.value = '';
        if (chosen) void attempt(() => pad.api.import(pad.id, chosen));
      }} />
    </div>
  );
}

export function PadDialogs({ pad, view, deleted }: { pad: Pad; view: PadView; deleted: () => void }) {
  const close = (): void => void (view.dialog.value = null);
  if (view.dialog.value === 'share') return <ShareDialog pad={pad} close={close} />;
  if (view.dialog.value === 'delete') {
    const remove = async (): Promise<void> => {
      try {
        await pad.api.remove(pad.id);
        await pad.forget();
        deleted();
      } catch (e) {
        view.notice.value = padError(codeOf(e));
      }
      close();
    };
    return <Confirm name="pad-delete" title={tp('delete.title')} text={tp('delete.lead')} yes={tp('delete.yes')} go={() => void remove()} close={close} />;
  }
  return null;
}
