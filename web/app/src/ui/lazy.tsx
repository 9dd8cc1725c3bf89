/** Parts of the page that come when they are first needed, each a chunk of its own. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';

interface Wait {
  /** Nothing is said meanwhile. */
  readonly quiet?: boolean;
  /** The page is nothing without it: what cannot be fetched loads the page anew, as the server may have been updated. */
  readonly whole?: boolean;
  /** For the styles. */
  readonly kind?: string;
}

/** Shows a component as soon as it has come. In a meeting, which a new page would leave, a failed fetch offers to try again. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>, { quiet = false, whole = false, kind = 'page' }: Wait = {}): (props: P) => preact.JSX.Element {
  let found: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Part, set] = useState<ComponentType<P> | null>(() => found);
    const [failed, setFailed] = useState(false);
    const fetch = (): void => {
      setFailed(false);
      load().then((c) => { found = c; set(() => c); }, () => (whole ? location.reload() : setFailed(true)));
    };
    useEffect(() => {
      if (!Part) fetch();
    }, []);
    if (Part) return <Part {...props} />;
    return <div class={`lazy ${kind}`} role="status">{failed ? <button type="button" class="btn" data-test="lazy-retry" onClick={fetch}>{t('lazy.failed')}</button> : <p class="hint">{!quiet && t('lazy.loading')}</p>}</div>;
  };
}
