/** Something that is fetched when it is first shown. */
import type { ComponentChild } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';

/** Shows what `load` gives; a failed fetch (the server was updated, the line is down) offers to try again. */
export function Lazy({ load, kind = 'page' }: { load: () => Promise<() => ComponentChild>; kind?: string }) {
  const [show, setShow] = useState<(() => ComponentChild) | null>(null);
  const [failed, setFailed] = useState(false);
  const fetch = (): void => {
    setFailed(false);
    load().then((s) => setShow(() => s), () => setFailed(true));
  };
  useEffect(fetch, []);
  if (show) return <>{show()}</>;
  return <div class={`lazy ${kind}`} role="status">{failed ? <button type="button" class="btn" data-test="lazy-retry" onClick={fetch}>{t('lazy.failed')}</button> : <p class="hint">{t('lazy.loading')}</p>}</div>;
}
