/** A link to give away: to copy, and as a code for a phone. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../ui/icons';
import { tf } from './text';

export function Give({ link }: { link: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => void import('../lib/qr').then(({ drawQR }) => canvas.current && drawQR(canvas.current, link)), [link]);
  const copy = async (): Promise<void> => {
    field.current?.select();
    await navigator.clipboard?.writeText(link).then(() => setCopied(true), () => undefined);
  };
  return (
    <section class="card with-qr" aria-label={tf('theLink')}>
      <div class="field">
        <label for="drop-link">{tf('theLink')}</label>
        <input ref={field} id="drop-link" class="input" data-test="drop-link" readOnly value={link} onFocus={(e) => e.currentTarget.select()} />
        <p><button type="button" class="btn go" data-test="drop-copy" onClick={() => void copy()}><Icon name="copy" size={20} />{tf(copied ? 'copied' : 'copy')}</button></p>
      </div>
      <div class="qr"><canvas ref={canvas} role="img" aria-label={tf('qr')} /></div>
    </section>
  );
}
