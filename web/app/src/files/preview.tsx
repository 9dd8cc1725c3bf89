/** A file in place: pictures, sound, films, PDF, text and markdown. Nothing of it is ever run. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { lazy } from '../ui/lazy';
import { Dialog } from '../ui/parts';
import type { FileNode } from './api';
import { FileIcon } from './icons';
import { Stage } from './present';
import type { Shelf } from './shelf';
import { tf } from './text';

const Markdown = lazy(async () => (await import('./markdown')).Markdown);
const PDF = lazy(async () => (await import('./pdf')).PDF);

/** The longest text that is shown, in bytes. */
const TEXT_MOST = 512 * 1024;

export function Preview({ shelf, node, present }: { shelf: Shelf; node: FileNode; present?: (stream: MediaStream | null) => void }) {
  const stage = useRef<Stage | null>(null);
  const [showing, setShowing] = useState(false);
  const url = `${node.url}?show`;
  const close = (): void => {
    stage.current?.end();
    shelf.shown.value = null;
  };
  // Leaving the panel ends what is shown to everybody as well.
  useEffect(() => () => stage.current?.end(), []);
  const kind = kindOf(node);
  const toggle = (): void => {
    if (stage.current) {
      stage.current.end();
      return;
    }
    const source = document.querySelector<HTMLImageElement | HTMLCanvasElement>('.file-preview [data-stage-source]');
    if (!present || !source) return;
    stage.current = new Stage(source, present, () => {
      stage.current = null;
      setShowing(false);
    });
    setShowing(true);
  };
  return (
    <Dialog name="preview" title={node.name} close={close}>
      <div class="file-preview" data-test="preview" data-kind={kind}>
        {kind === 'image' && <img src={url} alt={node.name} data-stage-source />}
        {kind === 'video' && <video src={url} controls preload="metadata" />}
        {kind === 'audio' && <audio src={url} controls preload="metadata" />}
        {kind === 'pdf' && <PDF url={url} drawn={(canvas) => stage.current?.replace(canvas)} />}
        {(kind === 'text' || kind === 'markdown') && <Text node={node} url={url} markdown={kind === 'markdown'} />}
        {kind === 'none' && <p class="hint">{tf('noPreview')}</p>}
      </div>
      <div class="pair">
        <a class="btn" data-test="preview-download" href={node.url ?? ''} download={node.name}><FileIcon name="download" size={18} />{tf('download')}</a>
        {present && (kind === 'image' || kind === 'pdf') && <button type="button" class={showing ? 'btn' : 'btn go'} data-test="present" aria-pressed={showing} onClick={toggle}>{tf(showing ? 'stopPresenting' : 'present')}</button>}
      </div>
      {showing && <p class="hint" role="status">{tf('presenting')}</p>}
    </Dialog>
  );
}

type Kind = 'image' | 'video' | 'audio' | 'pdf' | 'text' | 'markdown' | 'none';

export function kindOf(node: Pick<FileNode, 'type' | 'name' | 'show'>): Kind {
  if (!node.show) return 'none';
  if (node.type === 'application/pdf') return 'pdf';
  if (node.type === 'text/plain') return /\.(md|markdown)$/i.test(node.name) ? 'markdown' : 'text';
  const kind = node.type.split('/')[0];
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'none';
}

function Text({ node, url, markdown }: { node: FileNode; url: string; markdown: boolean }) {
  const [text, setText] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (node.size > TEXT_MOST) return;
    void fetch(url).then((r) => (r.ok ? r.text() : Promise.reject(new Error('not there')))).then(setText, () => setFailed(true));
  }, []);
  if (node.size > TEXT_MOST) return <p class="hint">{tf('tooLarge')}</p>;
  if (failed) return <p class="hint">{tf('previewFailed')}</p>;
  if (text === null) return <p class="hint" role="status">{tf('loading')}</p>;
  return markdown ? <div class="markdown" tabIndex={0} role="group" aria-label={node.name}><Markdown text={text} /></div> : <pre tabIndex={0}>{text}</pre>;
}
