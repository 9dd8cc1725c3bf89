/** Where [[Title]] leads: to the room's pad of that title, whatever its case; of two to the one that was changed last. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PadApi, PadInfo } from './api';
import { knownPads } from './memory';

/** A title that is not found is looked for again, at most this often, in ms: somebody may just have made the pad. */
const AGAIN_MS = 5_000;

export type Find = (title: string) => string | null;

interface Wiki {
  readonly pads: readonly PadInfo[];
  /** The path of the pad's page, null when there is none. */
  readonly find: Find;
}

/** The pad of this title among those, which are sorted by their last change. */
export function named<T extends { readonly title: string }>(pads: readonly T[], title: string): T | undefined {
  const wanted = title.trim().toLowerCase();
  return pads.find((p) => p.title.trim().toLowerCase() === wanted);
}

/** Without a room: among the pads that this browser knows. */
export function useWiki(api: PadApi, room: string): Wiki {
  const [pads, setPads] = useState<readonly PadInfo[]>([]);
  const asked = useRef(-Infinity);
  const ask = (): void => {
    if (!room || Date.now() - asked.current < AGAIN_MS) return;
    asked.current = Date.now();
    void api.list(room).then(setPads, () => undefined);
  };
  useEffect(ask, [room]);
  const find = useMemo(() => (title: string) => {
    const here = named(pads, title);
    if (here) return `/p/${here.id}?room=${encodeURIComponent(room)}`;
    ask();
    const known = named(knownPads(), title);
    return known ? `/p/${known.id}` : null;
  }, [pads, room]);
  return { pads, find };
}
