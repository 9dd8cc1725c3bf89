/** What is on its way up: progress, speed, what is left; pause, go on, stop. */
import { useRef } from 'preact/hooks';
import { Icon } from '../ui/icons';
import { FileIcon } from './icons';
import type { Item, Queue } from './queue';
import { bytes, duration, fileError, tf } from './text';

export function Uploads({ queue }: { queue: Queue }) {
  const items = queue.items.value;
  if (items.length === 0) return null;
  return (
    <section class="uploads" aria-label={tf('uploads')}>
      <ul>{items.map((i) => <Line key={i.id} queue={queue} item={i} />)}</ul>
    </section>
  );
}

function words(item: Item): string {
  switch (item.state.value) {
    case 'waiting': return tf('waiting');
    case 'paused': return tf('paused');
    case 'retrying': return tf('retrying');
    case 'done': return tf('done');
    case 'lost': return tf('lost', { name: item.name });
    case 'failed': return fileError(item.code.value);
    case 'sending': {
      const speed = item.speed.value;
      return speed > 0 ? tf('speed', { speed: bytes(speed), left: duration((item.size - item.sent.value) / speed) }) : bytes(item.size);
    }
  }
}

function Line({ queue, item }: { queue: Queue; item: Item }) {
  const chooser = useRef<HTMLInputElement>(null);
  const state = item.state.value;
  const percent = item.size === 0 ? (state === 'done' ? 100 : 0) : Math.floor((100 * item.sent.value) / item.size);
  const over = state === 'done' || state === 'failed';
  const give = (file: File | undefined): void => {
    if (file && !queue.give(item, file)) item.code.value = 'wrongFile';
  };
  return (
    <li data-test="upload" data-state={state} data-name={item.name} data-sent={Math.round(item.sent.value)}>
      <div class="what">
        <b>{item.name}</b>
        <small class="num" {...(state === 'failed' ? { role: 'alert' } : {})}>{item.code.value === 'wrongFile' && state === 'lost' ? tf('wrongFile') : words(item)}</small>
        {!over && <progress max={100} value={percent} aria-label={tf('uploading', { name: item.name, percent })} />}
      </div>
      {state === 'lost' && (
        <>
          <button type="button" class="btn small" data-test="upload-choose" onClick={() => chooser.current?.click()}>{tf('choose')}</button>
          <input ref={chooser} type="file" hidden onChange={(e) => give(e.currentTarget.files?.[0])} />
        </>
      )}
      {(state === 'sending' || state === 'waiting' || state === 'retrying') && <button type="button" class="icon-btn" data-test="upload-pause" aria-label={tf('pause', { name: item.name })} onClick={() => queue.pause(item)}><FileIcon name="pause" /></button>}
      {(state === 'paused' || state === 'failed') && item.file && <button type="button" class="icon-btn" data-test="upload-resume" aria-label={tf('resume', { name: item.name })} onClick={() => queue.resume(item)}><FileIcon name="play" /></button>}
      <button type="button" class="icon-btn" data-test="upload-stop" aria-label={state === 'done' ? tf('clear') : tf('stop', { name: item.name })} onClick={() => (state === 'done' ? queue.clear(item) : queue.stop(item))}><Icon name="close" size={20} /></button>
    </li>
  );
}
