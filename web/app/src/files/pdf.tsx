/** A PDF, page by page on a canvas, by pdf.js: also where a browser shows none itself (phones). A lazy chunk. */
import { useEffect, useRef, useState } from 'preact/hooks';
import * as pdfjs from 'pdfjs-dist/build/pdf.mjs';
import * as worker from 'pdfjs-dist/build/pdf.worker.mjs';
import { Icon } from '../ui/icons';
import { tf } from './text';

// Without a worker of its own pdf.js works in the page; a worker would need an address that is only known after building.
(globalThis as { pdfjsWorker?: unknown }).pdfjsWorker = worker;

/** How wide a page is drawn, in pixels: enough to be read when it is shown to everybody. */
const WIDTH = 1400;

export function PDF({ url, drawn }: { url: string; drawn: (canvas: HTMLCanvasElement) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [doc, setDoc] = useState<pdfjs.PDFDocumentProxy | null>(null);
  const [page, setPage] = useState(1);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const task = pdfjs.getDocument({ url, enableXfa: false, disableAutoFetch: true });
    task.promise.then(setDoc, () => setFailed(true));
    return () => void task.destroy();
  }, [url]);
  useEffect(() => {
    const to = canvas.current;
    if (!doc || !to) return undefined;
    let stopped = false;
    let task: pdfjs.RenderTask | null = null;
    void (async () => {
      try {
        const p = await doc.getPage(page);
        if (stopped) return;
        const viewport = p.getViewport({ scale: WIDTH / p.getViewport({ scale: 1 }).width });
        Object.assign(to, { width: Math.round(viewport.width), height: Math.round(viewport.height) });
        task = p.render({ canvas: to, viewport });
        await task.promise;
        to.dataset.page = String(page);
        drawn(to);
      } catch {
        if (!stopped) setFailed(true);
      }
    })();
    return () => {
      stopped = true;
      task?.cancel();
    };
  }, [doc, page]);
  if (failed) return <p class="hint">{tf('previewFailed')}</p>;
  return (
    <div class="pdf">
      <canvas ref={canvas} data-test="pdf-page" data-stage-source role="img" aria-label={tf('page', { page, pages: doc?.numPages ?? 1 })} />
      {doc && doc.numPages > 1 && (
        <p class="pair">
          <button type="button" class="icon-btn" data-test="pdf-previous" aria-label={tf('previous')} title={tf('previous')} disabled={page <= 1} onClick={() => setPage(page - 1)}><Icon name="prev" /></button>
          <span class="num">{tf('page', { page, pages: doc.numPages })}</span>
          <button type="button" class="icon-btn" data-test="pdf-next" aria-label={tf('next')} title={tf('next')} disabled={page >= doc.numPages} onClick={() => setPage(page + 1)}><Icon name="next" /></button>
        </p>
      )}
    </div>
  );
}
