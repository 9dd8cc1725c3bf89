/**
 * The pads' service worker, /p/sw.js: keeps the files of a pad's page, and nothing else. Built on its own, with the list
 * of one build's files put in (web/build/worker.go). A page always comes from the server when that answers, so a new
 * build is seen at once; a file whose name carries its hash is the same from anywhere. Answers of /api are never touched.
 *
 * A new build's worker waits until no page of the old one is open, so that each finds its own files.
 */
declare const SHELL: { readonly name: string; readonly main: string; readonly files: readonly string[] };

interface LifeEvent extends Event { waitUntil(done: Promise<unknown>): void }
interface FetchEvent extends LifeEvent { readonly request: Request; respondWith(answer: Promise<Response>): void }

const ALL = 'tablee-pads-';
/** The page as it is for any pad; which one is in the address only. */
const PAGE = '/p';
/** A server that says nothing for so long, in ms, is taken for unreachable. */
const PATIENCE = 4_000;
/** What proxies say for a server that is away. */
const AWAY = [502, 503, 504];

async function fill(): Promise<void> {
  const cache = await caches.open(SHELL.name);
  try {
    const page = await fetch(PAGE, { cache: 'no-cache' });
    // Somebody in between (a login), or another build than this worker's: the next visit tries again.
    if (!page.ok || page.redirected || !(await page.clone().text()).includes(SHELL.main)) throw new Error('the page is not of this build');
    await cache.put(PAGE, page);
    await cache.addAll(SHELL.files);
  } catch (e) {
    await caches.delete(SHELL.name);
    throw e;
  }
  // The first is that of the worker in use, the last our own; between them lie those of workers that never came into use.
  for (const name of (await ours()).slice(1, -1)) await caches.delete(name);
}

const ours = async (): Promise<string[]> => (await caches.keys()).filter((n) => n.startsWith(ALL));

async function clear(): Promise<void> {
  for (const name of await ours()) if (name !== SHELL.name) await caches.delete(name);
}

const kept = (what: string): Promise<Response | undefined> => caches.match(what, { cacheName: SHELL.name, ignoreVary: true });

async function page(request: Request): Promise<Response> {
  const asked = fetch(request).then((answer) => (AWAY.includes(answer.status) ? null : answer), () => null);
  const late = new Promise<null>((done) => setTimeout(done, PATIENCE, null));
  return (await Promise.race([asked, late])) ?? (await kept(PAGE)) ?? (await asked) ?? Response.error();
}

addEventListener('install', (e) => (e as LifeEvent).waitUntil(fill()));
addEventListener('activate', (e) => (e as LifeEvent).waitUntil(clear()));
addEventListener('fetch', (event) => {
  const e = event as FetchEvent;
  const { pathname, origin } = new URL(e.request.url);
  if (e.request.method !== 'GET' || origin !== location.origin) return;
  if (e.request.mode === 'navigate') {
    if (/^\/p\/[^/]+$/.test(pathname) && !pathname.endsWith('.js')) e.respondWith(page(e.request));
  } else if (SHELL.files.includes(pathname)) e.respondWith(kept(pathname).then((answer) => answer ?? fetch(e.request)));
});

export {};
