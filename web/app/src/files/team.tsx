/** The files of a member: their own, the team's, their groups', and what others share with them. A lazy chunk. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { lang } from '../i18n';
import { adopt } from '../lib/adopt';
import { AFTER, write } from '../lib/storage';
import { codeOf } from '../store/api';
import { go } from '../store/app';
import { Prefs, Top } from '../ui/parts';
import { Space, places, type Place } from './api';
import { FileBrowser } from './browser';
import css from './files.lazy.css';
import { FileIcon } from './icons';
import { placePath } from './places';
import { Shelf } from './shelf';
import { fileError, tf } from './text';

adopt(css);

/** Homes and Team are named by the page, groups and folders by people. */
export const placeName = (p: Place): string => (p.kind === 'home' ? tf('home') : p.kind === 'team' ? tf('team') : p.name);

export function TeamPage({ at }: { at: string }) {
  const [list, setList] = useState<readonly Place[] | null>(null);
  const [failed, setFailed] = useState('');
  const load = (): void => void places().then((l) => { l.forEach(shelfOf); setList(l); setFailed(''); }, (e: unknown) => setFailed(codeOf(e)));
  useEffect(load, [at]); // groups and shares come and go
  const place = list?.find((p) => placePath(p) === at);
  useEffect(() => { document.title = `${place ? placeName(place) : tf('title')} · Tablée`; }, [place, lang.value]);
  return (
    <div class="page" data-test="page-team" data-place={at}>
      <Top home={() => go('/')} />
      <main class="drops team">
        {failed === 'account_needed' ? <LogIn /> : <>
          {list && <Places list={list} at={at} />}
          {failed && <p class="note bad" role="alert" data-test="team-error" data-code={failed}>{fileError(failed)}</p>}
          {!list && !failed && <p class="hint" role="status">{tf('loading')}</p>}
          {list && (place ? <Opened key={at} place={place} /> : <p class="note bad" role="alert" data-test="team-error" data-code="place">{tf('noPlace')}</p>)}
        </>}
      </main>
      <Prefs />
    </div>
  );
}

function LogIn() {
  return (
    <div class="card" data-test="team-login">
      <h1>{tf('title')}</h1>
      <p>{tf('memberOnly')}</p>
      <p><a class="btn go" data-test="team-to-login" href="/login" onClick={() => write(AFTER, location.pathname, 'session')}>{tf('logIn')}</a></p>
      <p><a href="/f">{tf('withoutAccount')}</a></p>
    </div>
  );
}

function Places({ list, at }: { list: readonly Place[]; at: string }) {
  const link = (p: Place) => {
    const to = placePath(p);
    const path = `/files${to && `/${to}`}`;
    return (
      <li key={to}>
        <a href={path} data-test="place" data-kind={p.kind} data-name={p.name} aria-current={to === at ? 'page' : undefined} onClick={(e) => { if (e.metaKey || e.ctrlKey || e.shiftKey) return; e.preventDefault(); go(path); }}>
          <FileIcon name="folder" size={20} /><span>{placeName(p)}{p.by && <small>{tf('by', { name: p.by })}</small>}</span>
        </a>
      </li>
    );
  };
  const ours = list.filter((p) => p.kind !== 'shared');
  const shared = list.filter((p) => p.kind === 'shared');
  return (
    <nav class="places" aria-label={tf('places')}>
      <ul>{ours.map(link)}</ul>
      {shared.length > 0 && <><h2 class="label" id="shared">{tf('shared')}</h2><ul aria-labelledby="shared">{shared.map(link)}</ul></>}
    </nav>
  );
}

/** One shelf for each place as long as the page lives, so that uploads go on while one looks elsewhere. */
const shelves = new Map<string, Shelf>();

function shelfOf(place: Place): Shelf {
  const key = `${place.base} ${place.folder ?? ''}`;
  const there = shelves.get(key);
  if (there) return there;
  const shelf = new Shelf(new Space(place.base), null, place);
  // What a reload broke off belongs to the base: of two folders that one person shares, one goes on with it.
  if (![...shelves.values()].some((s) => s.space.base === place.base)) void shelf.queue.restore();
  shelves.set(key, shelf);
  return shelf;
}

function Opened({ place }: { place: Place }) {
  const shelf = useMemo(() => shelfOf(place), [place.base, place.folder]);
  useEffect(() => void shelf.load(), [shelf]);
  const may = shelf.listing.value?.may;
  return (
    <div class="place">
      <h1>{placeName(place)}</h1>
      <p class="lead">{place.by ? tf('sharedLead', { name: place.by }) : tf(`${place.kind}Lead`)}{may && !may.write && !shelf.inTrash.value && <> <span data-test="read-only">{tf('readOnly')}</span></>}</p>
      <div class="card files-card"><FileBrowser shelf={shelf} /></div>
    </div>
  );
}
