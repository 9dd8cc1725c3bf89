/** Starts the page: follows the address, and shows home, prejoin, meeting or what comes after. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from './i18n';
import { lazy } from './lib/lazy';
import { Home } from './pages/home';
import { Left } from './pages/left';
import { Prejoin } from './pages/prejoin';
import { socketURL } from './store/api';
import { devices, ended, hostToken, keptNotes, personName, route, session, start } from './store/app';
import { expose } from './store/debug';
import { Session, seatMemory } from './store/session';

/** Not needed before one sits down, and fetched while one looks at the prejoin page. */
const loadMeeting = async () => (await import('./pages/meeting')).Meeting;
const Meeting = lazy(loadMeeting);
const FilesPage = lazy(async () => (await import('./files/page')).FilesPage);
const PadPage = lazy(async () => (await import('./pad')).PadPage);
const Box = lazy(async () => (await import('./admin')).Box);
const Drops = lazy(async () => (await import('./files/drop')).Drops);

function join(room: string, name: string): void {
  ended.value = null;
  keptNotes.value = new Map();
  const made = new Session({
    room, url: socketURL(room), name, host: hostToken(room), devices,
    ended: (reason, code, was, args) => {
      session.value = null;
      ended.value = { reason, code, was, args };
    },
  });
  session.value = made;
  made.join();
}

/** A reload comes back to the same seat at once, with the devices as they were. */
async function comeBack(room: string): Promise<void> {
  const memory = seatMemory(room);
  if (!memory) return;
  join(room, memory.name);
  await devices.start({ mic: memory.mic, camera: memory.camera });
}

/** Sits down again with microphone and camera as they were. */
async function rejoin(room: string): Promise<void> {
  const was = ended.value?.was ?? { mic: false, camera: false };
  join(room, personName.value.trim() || '·');
  await devices.start(was);
}

function App() {
  const at = route.value;
  const here = session.value;
  const title = here?.meeting.value.room.title;
  useEffect(() => {
    if (at.page === 'pad' || at.page === 'box') return; // these know their own
    document.title = title ? `${title} · Tablée` : 'name' in at && at.page !== 'drop' ? `${at.name} · Tablée` : `Tablée · ${t('home.title')}`;
  });
  if (at.page === 'home') return <Home />;
  if (at.page === 'box') return <Box path={at.path} />;
  if (at.page === 'pad') return <PadPage id={at.id} />;
  if (at.page === 'drop') return <Drops key={at.name} token={at.name} />;
  if (at.page === 'files') return <FilesPage room={at.name} />;
  if (here) return <Meeting session={here} />;
  // A full line is no end: the page where one sits down says so, and how to go on.
  const full = ended.value?.code === 'line_full' ? ended.value.args : null;
  if (ended.value && !full) return <Left reason={ended.value.reason} code={ended.value.code} rejoin={() => void rejoin(at.name)} />;
  return <Prejoin key={at.name} room={at.name} full={full} join={(name) => join(route.value.page === 'room' ? route.value.name : at.name, name)} />;
}

start();
expose();
if (route.value.page === 'room') void comeBack(route.value.name);
effect(() => {
  if (route.value.page === 'room') void loadMeeting().catch(() => undefined);
});
const root = document.getElementById('app');
if (root) render(<App />, root);
