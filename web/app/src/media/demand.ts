/**
 * What the page shows is what it asks for. Elements are watched (size, visibility, device pixels); 100 ms after the
 * last change the whole list goes out, most important first. What is not on the screen is not asked for.
 */
import type { VideoKind, Want } from './wire';

export const DEBOUNCE_MS = 100;
/** docs/protocol.md: at most so many videos in one demand. */
export const MAX_VIDEOS = 32;

/** What the server should serve first when it cannot serve all. */
export const enum Rank { Stage = 0, Speaker = 1, Tile = 2, Strip = 3 }

export interface Watched {
  readonly id: string;
  readonly kind: VideoKind;
  readonly rank: Rank;
  readonly visible: boolean;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/**
 * The demand for these elements: invisible ones left out, one entry a source (the largest element counts), screens
 * before cameras of the same rank, then larger before smaller, then in the order given (so that it does not flap).
 */
export function orderDemand(watched: readonly Watched[], pixelRatio: number): Want[] {
  const best = new Map<string, Watched>();
  for (const w of watched) {
    if (!w.visible || w.height < 1 || w.width < 1) continue;
    const key = `${w.kind} ${w.id}`;
    const other = best.get(key);
    if (!other || w.rank < other.rank || (w.rank === other.rank && w.height > other.height)) best.set(key, w);
  }
  return [...best.values()]
    .sort((a, b) => a.rank - b.rank || Number(b.kind === 'screen') - Number(a.kind === 'screen') || b.height - a.height)
    .slice(0, MAX_VIDEOS)
    .map((w) => ({ id: w.id, kind: w.kind, height: Math.ceil(w.height * pixelRatio), ...(w.rank === Rank.Stage ? { big: true as const } : {}) }));
}

export const sameDemand = (a: readonly Want[], b: readonly Want[]): boolean =>
  a.length === b.length && a.every((w, i) => w.id === b[i]?.id && w.kind === b[i]?.kind && w.height === b[i]?.height && w.big === b[i]?.big);

interface Entry {
  id: string;
  kind: VideoKind;
  rank: Rank;
  visible: boolean;
  width: number;
  height: number;
}

/** Watches elements and tells the demand. One for each meeting page. */
export class DemandWatcher {
  private readonly entries = new Map<Element, Entry>();
  private readonly sizes: ResizeObserver;
  private readonly sights: IntersectionObserver;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private told: readonly Want[] | null = null;

  constructor(private readonly tell: (videos: Want[]) => void) {
    this.sizes = new ResizeObserver((changes) => {
      for (const c of changes) this.update(c.target, { width: c.contentRect.width, height: c.contentRect.height });
    });
    this.sights = new IntersectionObserver((changes) => {
      for (const c of changes) this.update(c.target, { visible: c.isIntersecting });
    });
  }

  /** Watches an element that shows this source; the returned function ends it. */
  watch(element: Element, id: string, kind: VideoKind, rank: Rank): () => void {
    const box = element.getBoundingClientRect();
    this.entries.set(element, { id, kind, rank, visible: true, width: box.width, height: box.height });
    this.sizes.observe(element);
    this.sights.observe(element);
    this.soon();
    return () => {
      this.entries.delete(element);
      this.sizes.unobserve(element);
      this.sights.unobserve(element);
      this.soon();
    };
  }

  close(): void {
    clearTimeout(this.timer);
    this.sizes.disconnect();
    this.sights.disconnect();
    this.entries.clear();
  }

  private update(element: Element, change: Partial<Entry>): void {
    const entry = this.entries.get(element);
    if (!entry) return;
    Object.assign(entry, change);
    this.soon();
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const videos = orderDemand([...this.entries.values()], globalThis.devicePixelRatio || 1);
      if (this.told && sameDemand(this.told, videos)) return;
      this.told = videos;
      this.tell(videos);
    }, DEBOUNCE_MS);
  }
}
