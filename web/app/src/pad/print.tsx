/** On paper goes the rendered text: an editor has only the lines that are seen. */
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Pad } from './model';
import { Markdown } from './render';
import { tp } from './text';

export function usePrint(pad: Pad, wiki?: (title: string) => string | null): void {
  useEffect(() => {
    const sheet = document.createElement('article');
    sheet.className = 'pad-print md';
    const before = (): void => {
      document.body.append(sheet);
      render(<><h1>{pad.info.value?.title}</h1><Markdown text={pad.text.toString()} missingPicture={tp('image.foreign')} {...(wiki ? { wiki } : {})} /></>, sheet);
    };
    const after = (): void => {
      render(null, sheet);
      sheet.remove();
    };
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
      after();
    };
  }, [pad, wiki]);
}
