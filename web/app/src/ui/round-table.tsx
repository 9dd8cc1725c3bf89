/** People seated around a table: the front page's picture, and who is already inside. */
import { t, plural } from '../i18n';
import { initials, personClass } from '../lib/person';
import type { Seated } from '../store/api';

const MIN_SEATS = 7;
/** Beyond so many, names do not fit beside the seats. */
const CROWDED = 10;

/** Seat sizes in percent of the table's box: smaller as the table fills, never touching. */
const sizeFor = (places: number): number => Math.min(15, (2 * 38.5 * Math.sin(Math.PI / places)) * 0.72);

// Your own place is nearest to you, at the bottom.
const angle = (i: number, places: number): number => 90 + (i * 360) / places;

export function RoundTable({ seated, you }: { seated: readonly Seated[]; you: string }) {
  const places = Math.max(MIN_SEATS, seated.length + 2);
  // Spread the people over the free places, so that five are not all on one side.
  const taken = new Map(seated.map((s, i) => [1 + Math.floor((i * (places - 1)) / Math.max(1, seated.length)), s]));
  return (
    <div class={`table ${seated.length > CROWDED ? 'crowded' : ''}`} data-test="table" data-count={seated.length} style={{ '--size': sizeFor(places) }}>
      <div class="top-board" />
      <p class="middle">
        {seated.length === 0 ? t('pre.empty') : plural('pre.inside', seated.length)}
      </p>
      <ul>
        <li class="seat mine" style={{ '--a': `${angle(0, places)}deg` }}>
          <div class="chair" aria-hidden="true">{you.trim() ? initials(you) : ''}</div>
          <span class="who">{t('pre.yourSeat')}</span>
        </li>
        {Array.from({ length: places - 1 }, (_, k) => {
          const i = k + 1;
          const s = taken.get(i);
          return s ? (
            <li key={`s${s.seat}`} class={`seat ${Math.sin((angle(i, places) * Math.PI) / 180) < -0.3 ? 'far' : ''}`} data-test="seated" data-seat={s.seat} style={{ '--a': `${angle(i, places)}deg` }}>
              <span class={`avatar person ${personClass(s.seat)}`} aria-hidden="true">{initials(s.name)}</span>
              <span class="who">{s.name}</span>
            </li>
          ) : <li key={`f${i}`} class="seat free" aria-hidden="true" style={{ '--a': `${angle(i, places)}deg` }}><div class="chair" /></li>;
        })}
      </ul>
    </div>
  );
}

const SCENE = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/** The front page's table from above: laid for nine, eight have come, one chair is free. */
export function TableScene() {
  return (
    <div class="table scene" aria-hidden="true">
      <div class="top-board" />
      <div class="pot" />
      {SCENE.map((i) => <div key={`p${i}`} class="setting" style={{ '--a': `${angle(i, SCENE.length)}deg` }} />)}
      {SCENE.map((i) => (
        <div key={i} class={`guest person ${personClass(i - 1)} ${i === 0 ? 'free' : ''}`} style={{ '--a': `${angle(i, SCENE.length)}deg`, '--i': i }}>
          <div class="back" />
          <div class="body" />
        </div>
      ))}
    </div>
  );
}
