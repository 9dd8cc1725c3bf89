/** Files of a space: where one is, what lies there, what is on its way. The panel, the page and the drops all show this. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { adopt } from '../lib/adopt';
import { personClass } from '../lib/person';
import { Icon } from '../ui/icons';
import { Actions } from './actions';
import type { FileNode } from './api';
import css from './files.lazy.css';
import { FileIcon, iconOf } from './icons';
import { Preview } from './preview';
import { Sharing } from './sharing';
import type { Shelf } from './shelf';
import { bytes, day, fileError, tf } from './text';
import { Uploads } from './uploads';

adopt(css);

/** How often one looks for what others have put there. */
const AGAIN_MS = 8_000;

interface Props {
  readonly shelf: Shelf;
  /** Shows an image or a PDF to the meeting; absent outside one. */
  readonly present?: (stream: MediaStream | null) => void;
  /** A row was chosen whose content is sealed. */
  readonly unseal?: (node: FileNode) => void;
}

export function FileBrowser({ shelf, present, unseal }: Props) {
  const over = useDrop(shelf);
  useEffect(() => {
    if (shelf.key) return; // a drop: nobody else adds to it
    const look = (): void => { if (document.visibilityState === 'visible') void shelf.refresh(); };
    const timer = setInterval(look, AGAIN_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [shelf]);
  const listing = shelf.listing.value;
  const trash = shelf.inTrash.value;
  const write = listing?.may.write === true;
  const open = (node: FileNode): void => {
    if (node.folder) shelf.enter(node.id);
    else if (shelf.key) unseal?.(node);
    else shelf.shown.value = node;
  };
  return (
    <div class={`files ${over.on ? 'over' : ''}`} data-test="files" data-count={listing?.entries.length ?? -1} {...over.handlers}>
      <Tools shelf={shelf} write={write} />
      <Path shelf={shelf} />
      {shelf.failed.value && <p class="note bad" role="alert" data-test="files-error" data-code={shelf.failed.value}>{shelf.failed.value === 'keyWrong' ? tf('keyWrong') : fileError(shelf.failed.value)}</p>}
      <Uploads queue={shelf.queue} />
      {listing === null ? !shelf.failed.value && <p class="hint" role="status">{tf('loading')}</p> : listing.entries.length === 0
        ? <Empty shelf={shelf} write={write} />
        : <ul class="rows">{listing.entries.map((n) => <Row key={n.id} shelf={shelf} node={n} open={open} />)}</ul>}
      {listing && !trash && listing.usage.quota > 0 && <p class="hint num usage">{tf('used', { used: bytes(listing.usage.used), quota: bytes(listing.usage.quota) })}</p>}
      {over.on && <p class="overlay" aria-hidden="true"><FileIcon name="upload" size={40} />{tf('dropHere')}</p>}
      {shelf.shown.value && <Preview key={shelf.shown.value.id} shelf={shelf} node={shelf.shown.value} {...(present ? { present } : {})} />}
      {shelf.handled.value && <Actions key={shelf.handled.value.id} shelf={shelf} node={shelf.handled.value} />}
      {shelf.sharing.value && <Sharing key={shelf.sharing.value.id} shelf={shelf} id={shelf.sharing.value.id} name={shelf.sharing.value.name} />}
    </div>
  );
}

/** Files that are dragged over, dropped, or pasted anywhere on the page. */
function useDrop(shelf: Shelf) {
  const [on, setOn] = useState(false);
  const depth = useRef(0);
  const may = (): boolean => shelf.listing.value?.may.write === true && !shelf.inTrash.value;
  const has = (e: DragEvent): boolean => may() && [...(e.dataTransfer?.types ?? [])].includes('Files');
  useEffect(() => {
    const paste = (e: ClipboardEvent): void => {
      const files = [...(e.clipboardData?.files ?? [])];
      if (files.length === 0 || !may() || e.target instanceof Element && e.target.closest('.chat')) return;
      e.preventDefault();
      shelf.queue.add(files, shelf.folder.value);
    };
    addEventListener('paste', paste);
    return () => removeEventListener('paste', paste);
  }, [shelf]);
  const handlers = {
    onDragEnter: (e: DragEvent) => { if (has(e)) { e.preventDefault(); depth.current++; setOn(true); } },
    onDragOver: (e: DragEvent) => { if (has(e)) e.preventDefault(); },
    onDragLeave: () => { if (depth.current > 0 && --depth.current === 0) setOn(false); },
    onDrop: (e: DragEvent) => {
      if (!has(e)) return;
      e.preventDefault();
      depth.current = 0;
      setOn(false);
      shelf.queue.add([...(e.dataTransfer?.files ?? [])], shelf.folder.value);
    },
  };
  return { on, handlers };
}

function Tools({ shelf, write }: { shelf: Shelf; write: boolean }) {
  const chooser = useRef<HTMLInputElement>(null);
  const [naming, setNaming] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const plain = shelf.key === null;
  const find = (words: string): void => {
    shelf.words.value = words;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void shelf.load(), 250);
  };
  const toggleTrash = (): void => {
    shelf.inTrash.value = !shelf.inTrash.value;
    shelf.words.value = '';
    void shelf.load();
  };
  const entries = shelf.listing.value?.entries.length ?? 0;
  const here = shelf.listing.value?.path.at(-1);
  const share = shelf.listing.value?.may.share !== true || shelf.inTrash.value || shelf.words.value.trim() ? null
    : here ? { id: here.id, name: here.name } : shelf.place?.kind === 'group' ? { id: 'top', name: shelf.place.name } : null;
  return (
    <div class="tools">
      {write && !shelf.inTrash.value && (
        <>
          <button type="button" class="btn go small" data-test="files-add" onClick={() => chooser.current?.click()}><FileIcon name="upload" size={18} />{tf('upload')}</button>
          <input ref={chooser} type="file" multiple hidden data-test="files-input" onChange={(e) => { shelf.queue.add([...(e.currentTarget.files ?? [])], shelf.folder.value); e.currentTarget.value = ''; }} />
          {plain && <button type="button" class="icon-btn" data-test="new-folder" aria-label={tf('newFolder')} title={tf('newFolder')} aria-expanded={naming} onClick={() => setNaming(!naming)}><FileIcon name="addFolder" /></button>}
        </>
      )}
      {plain && !shelf.inTrash.value && <input type="search" class="input find" data-test="files-search" value={shelf.words.value} placeholder={tf('search')} aria-label={tf('search')} onInput={(e) => find(e.currentTarget.value)} />}
      {plain && entries > 0 && !shelf.inTrash.value && <a class="icon-btn" data-test="files-zip" href={`${shelf.space.base}${shelf.folder.value ? `/${shelf.folder.value}` : ''}/zip`} download aria-label={tf('zip')} title={tf('zip')}><FileIcon name="download" /></a>}
      {share && <button type="button" class="icon-btn" data-test="files-share" aria-label={tf('shareOf', { name: share.name })} title={tf('shareOf', { name: share.name })} onClick={() => (shelf.sharing.value = share)}><Icon name="invite" /></button>}
      {write && plain && <button type="button" class={shelf.inTrash.value ? 'btn small' : 'icon-btn'} data-test="files-trash" aria-pressed={shelf.inTrash.value} aria-label={shelf.inTrash.value ? tf('back') : tf('trash')} title={tf('trash')} onClick={toggleTrash}>{shelf.inTrash.value ? tf('back') : <FileIcon name="trash" />}</button>}
      {naming && <NewFolder shelf={shelf} close={() => setNaming(false)} />}
    </div>
  );
}

function NewFolder({ shelf, close }: { shelf: Shelf; close: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const make = async (e: Event): Promise<void> => {
    e.preventDefault();
    const name = field.current?.value.trim() ?? '';
    if (name && (await shelf.act(() => shelf.space.makeFolder(name, shelf.folder.value)))) close();
  };
  return (
    <form class="naming" onSubmit={(e) => void make(e)}>
      <input ref={field} class="input" data-test="folder-name" maxLength={255} aria-label={tf('folderName')} placeholder={tf('folderName')} />
      <button class="btn go small" data-test="folder-make">{tf('make')}</button>
      <button type="button" class="btn quiet small" onClick={close}>{tf('cancel')}</button>
    </form>
  );
}

function Path({ shelf }: { shelf: Shelf }) {
  const all = shelf.listing.value?.path ?? [];
  const path = all.slice(all.findIndex((n) => n.id === shelf.top) + 1); // what lies above a shared folder is the sharer's
  if (path.length === 0) return null;
  return (
    <nav class="path" aria-label={tf('path')}>
      <ol>
        <li><button type="button" class="link" data-test="path-top" onClick={() => shelf.enter('')}>{tf('top')}</button></li>
        {path.map((n, i) => (
          <li key={n.id}><Icon name="next" size={14} />{i === path.length - 1 ? <b>{n.name}</b> : <button type="button" class="link" onClick={() => shelf.enter(n.id)}>{n.name}</button>}</li>
        ))}
      </ol>
    </nav>
  );
}

function Empty({ shelf, write }: { shelf: Shelf; write: boolean }) {
  const key = shelf.inTrash.value ? 'emptyTrash' : shelf.words.value.trim() ? 'nothingFound' : write ? 'empty' : 'emptyRead';
  return <div class="empty" data-test="files-empty"><FileIcon name={shelf.inTrash.value ? 'trash' : 'folder'} size={44} /><p>{tf(key)}</p></div>;
}

function Row({ shelf, node, open }: { shelf: Shelf; node: FileNode; open: (n: FileNode) => void }) {
  const face = shelf.face(node);
  const image = node.show && node.type.startsWith('image/') && node.size < 4 << 20 && !shelf.key;
  return (
    <li class={`row person ${personClass(node.seat)}`} data-test="file" data-id={node.id} data-name={face.name} data-folder={node.folder === true} data-mine={node.mine}>
      <button type="button" class="main" data-test="file-open" title={tf('open', { name: face.name })} disabled={shelf.inTrash.value} onClick={() => open(node)}>
        <span class="thumb">{image ? <img src={`${node.url}?show`} alt="" loading="lazy" /> : <FileIcon name={iconOf(face.type, node.folder)} size={26} />}</span>
        <span class="what">
          <b>{face.name}</b>
          <small class="num">{[node.folder ? '' : bytes(face.size), day(node.modified)].filter(Boolean).join(' · ')}{node.by && <> · <span class="who">{tf('by', { name: node.by })}</span></>}</small>
        </span>
      </button>
      {(!shelf.key || node.mine) && <button type="button" class="icon-btn" data-test="file-actions" aria-label={tf('actions', { name: face.name })} onClick={() => (shelf.handled.value = node)}><Icon name="more" size={20} /></button>}
    </li>
  );
}
