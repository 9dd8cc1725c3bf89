/** Parts of the page that come when they are first needed, each a chunk of its own. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Shows a component as soon as it has come. A chunk that cannot be fetched is asked for again by `retry`. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>, waiting = '…'): (props: P) => preact.JSX.Element {
  let found: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Part, set] = useState<ComponentType<P> | null>(() => found);
    useEffect(() => {
      if (!Part) void load().then((c) => { found = c; set(() => c); }, () => location.reload());
    }, []);
    return Part ? <Part {...props} /> : <p class="hint" role="status">{waiting}</p>;
  };
}
