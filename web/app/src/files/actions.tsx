/** What can be done with one file or folder, in a dialog. */
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../ui/icons';
import { Dialog } from '../ui/parts';
import type { FileNode, OldVersion } from './api';
import { FileIcon } from './icons';
import type { Shelf } from './shelf';
import { bytes, day, tf } from './text';

export function Actions({ shelf, node }: { shelf: Shelf; node: FileNode }) {
  const { space } = shelf;
  const face = shelf.face(node);
  const close = (): void => void (shelf.handled.value = null);
  const act = async (what: () => Promise<unknown>): Promise<void> => {
    if (await shelf.act(what)) close();
    else close(); // what went wrong is said above the list
  };
  if (node.trashed) {
    return (
      <Dialog name="file" title={face.name} close={close}>
        <button type="button" class="btn go" data-test="file-restore" onClick={() => void act(() => space.change(node.id, { restore: true }))}>{tf('restore')}</button>
        {node.mine && <button type="button" class="btn bad" data-test="file-forever" onClick={() => void act(() => space.remove(node.id, true))}><FileIcon name="trash" size={18} />{tf('forever')}</button>}
      </Dialog>
    );
  }
  return (
    <Dialog name="file" title={face.name} close={close}>
      {!shelf.key && <a class="btn" data-test="file-download" href={node.folder ? `${space.base}/${node.id}/zip` : node.url ?? ''} download={node.folder ? '' : node.name}><FileIcon name="download" size={18} />{tf(node.folder ? 'zipFolder' : 'download')}</a>}
      {node.share && <button type="button" class="btn" data-test="file-share" onClick={() => { close(); shelf.sharing.value = { id: node.id, name: node.name }; }}><Icon name="invite" size={18} />{tf('share')}</button>}
      {node.mine && !shelf.key && <Rename shelf={shelf} node={node} act={act} />}
      {node.mine && !shelf.key && <Move shelf={shelf} node={node} act={act} />}
      {!node.folder && (node.versions ?? 0) > 0 && <Versions shelf={shelf} node={node} act={act} />}
      {node.mine && <button type="button" class="btn bad" data-test="file-remove" onClick={() => void act(() => space.remove(node.id, shelf.key !== null))}><FileIcon name="trash" size={18} />{tf('remove')}</button>}
    </Dialog>
  );
}

interface Part {
  readonly shelf: Shelf;
  readonly node: FileNode;
  readonly act: (what: () => Promise<unknown>) => Promise<void>;
}

function Rename({ shelf, node, act }: Part) {
  const [name, setName] = useState(node.name);
  return (
    <form class="field" onSubmit={(e) => { e.preventDefault(); if (name.trim() && name !== node.name) void act(() => shelf.space.change(node.id, { name })); }}>
      <label for="file-name">{tf('name')}</label>
      <div class="pair"><input id="file-name" class="input" data-test="file-name" value={name} maxLength={255} onInput={(e) => setName(e.currentTarget.value)} /><button class="btn" data-test="file-rename">{tf('save')}</button></div>
    </form>
  );
}

/** Where to: the folder above, and the folders beside. */
function Move({ shelf, node, act }: Part) {
  const listing = shelf.listing.value;
  const path = listing?.path ?? [];
  const targets: { id: string; name: string }[] = [
    ...(node.parent !== shelf.top ? [{ id: shelf.top, name: tf('top') }] : []),
    ...path.filter((f) => f.id !== node.parent && f.id !== shelf.top).map((f) => ({ id: f.id, name: f.name })),
    ...(listing?.entries.filter((f) => f.folder && f.id !== node.id) ?? []).map((f) => ({ id: f.id, name: f.name })),
  ];
  const [to, setTo] = useState(targets[0]?.id ?? '');
  if (targets.length === 0) return null;
  return (
    <form class="field" onSubmit={(e) => { e.preventDefault(); void act(() => shelf.space.change(node.id, { folder: to })); }}>
      <label for="file-folder">{tf('move')}</label>
      <div class="pair">
        <select id="file-folder" class="select" data-test="file-folder" value={to} onChange={(e) => setTo(e.currentTarget.value)}>{targets.map((t) => <option key={t.id} value={t.id}>{t.name}</option>)}</select>
        <button class="btn" data-test="file-move">{tf('moveHere')}</button>
      </div>
    </form>
  );
}

function Versions({ shelf, node, act }: Part) {
  const [list, setList] = useState<readonly OldVersion[]>([]);
  useEffect(() => void shelf.space.versions(node.id).then(setList, () => setList([])), []);
  return (
    <section>
      <h3>{tf('olderVersions')}</h3>
      <ul class="versions">{list.map((v) => (
        <li key={v.n} data-test="file-version" data-n={v.n}>
          <a href={v.url} download={node.name}>{day(v.modified)}</a><small class="num">{bytes(v.size)} · {tf('by', { name: v.by })}</small>
          {node.mine && <button type="button" class="btn small" data-test="version-use" onClick={() => void act(() => shelf.space.useVersion(node.id, v.n))}>{tf('useVersion')}</button>}
        </li>
      ))}</ul>
    </section>
  );
}
