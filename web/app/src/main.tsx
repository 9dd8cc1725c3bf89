/** Starts the page: follows the address, and shows home, prejoin, meeting or what comes after. */
import { effect } from '@preact/signals';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from './i18n';
import { lazy } from './ui/lazy';
import { Home } from './pages/home';
import { Left } from './pages/left';
import { Prejoin } from './pages/prejoin';
import { socketURL } from './store/api';
import { devices, ended, hostToken, joinToken, keptNotes, linkToken, personName, route, session, start } from './store/app';
import { expose } from './store/debug';
import { Session, seatMemory } from './store/session';

/** Not needed before one sits down, and fetched while one looks at the prejoin page. */
const loadMeeting = async () => (await import('./pages/meeting')).Meeting;
const whole = { whole: true };
const Meeting = lazy(loadMeeting, whole);
const FilesPage = lazy(async () => (await import('./files/page')).FilesPage, whole);
const Waiting = lazy(async () => (await import('./room/waiting')).Waiting, whole);
const PadPage = lazy(async () => (await import('./pad')).PadPage, whole);
const Box = lazy(async () => (await import('./admin')).Box, whole);
const TeamPage = lazy(async () => (await import('./files/team')).TeamPage, whole);
const Drops = lazy(async () => (await import('./files/drop')).Drops, whole);

function join(room: string, name: string, more: { password?: string; at?: string; resume?: string } = {}): void {
  ended.value = null;
  const { at = room, ...rest } = more;
  if (!more.resume) keptNotes.value = new Map();
  const made = new Session({
    room, url: socketURL(at), name, host: hostToken(room), link: linkToken(room), token: joinToken(room), devices, ...rest,
    moved: (to) => join(room, name, { at: to.room, resume: to.resume }),
    ended: (reason, code, was, args) => {
      if (session.value !== made) return; // moved on already
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

/** Refusals after which one tries again at the same place. */
const DOOR = new Set(['line_full', 'password_needed', 'password_wrong', 'rate_limited']);

function App() {
  const at = route.value;
  const here = session.value;
  const title = here?.meeting.value.room.title;
  useEffect(() => {
    if (at.page === 'pad' || at.page === 'box' || at.page === 'team') return; // these know their own
    document.title = title ? `${title} · Tablée` : 'name' in at && at.page !== 'drop' ? `${at.name} · Tablée` : `Tablée · ${t('home.title')}`;
  });
  if (at.page === 'home') return <Home />;
  if (at.page === 'box') return <Box path={at.path} />;
  if (at.page === 'pad') return <PadPage id={at.id} />;
  if (at.page === 'drop') return <Drops key={at.name} token={at.name} />;
  if (at.page === 'team') return <TeamPage at={at.at} />;
  if (at.page === 'files') return <FilesPage room={at.name} />;
  if (here && (here.phase.value === 'waiting' || here.desk.value.place > 0 && here.phase.value === 'connecting')) return <Waiting session={here} />;
  if (here) return <Meeting key={here.options.url} session={here} />;
  // A full line is no end: the page where one sits down says so, and how to go on.
  const door = ended.value && DOOR.has(ended.value.code) ? ended.value : null;
  if (ended.value && !door) return <Left reason={ended.value.reason} code={ended.value.code} rejoin={() => void rejoin(at.name)} />;
  return <Prejoin key={at.name} room={at.name} door={door} join={(name, password) => join(route.value.page === 'room' ? route.value.name : at.name, name, password ? { password } : {})} />;
}

start();
expose();
if (route.value.page === 'room') void comeBack(route.value.name);
effect(() => {
  if (route.value.page === 'room') void loadMeeting().catch(() => undefined);
});
// In a frame of another site, which may steer the room if it is one of the room's own. It finds out by itself; nothing else waits for it.
if (window.parent !== window) void import('./embed').then(({ openPort }) => openPort()).catch(() => undefined);
const root = document.getElementById('app');
if (root) render(<App />, root);
