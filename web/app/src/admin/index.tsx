/** The pages of accounts and of the admin. They load on their own; main.tsx shows them for the paths that are theirs. */
import { useEffect } from 'preact/hooks';
import { lang } from '../i18n';
import { ta, type AdminKey } from '../i18n/admin';
import { go } from '../store/app';
import { Prefs, Top } from '../ui/parts';
import style from '../styles/admin.css.txt';
import { get, post, type Me } from './api';
import { Door } from './door';
import { AccountPage, MembersPage } from './members';
import { LogPage, NetworkPage, NowPage } from './now';
import { OutsidePage } from './outside';
import { Failed, useLoad } from './parts';
import { RoomsPage } from './rooms';
import { SettingsPage } from './settings';
import { StoragePage } from './storage';

/* The style of these pages comes with them; as a sheet that is made here it needs no address, and the strict policy allows it. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(style);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

const PARTS = ['now', 'rooms', 'members', 'settings', 'network', 'storage', 'outside', 'log'] as const;
type Part = (typeof PARTS)[number];

export function Box({ path }: { path: string }) {
  const me = useLoad(() => get<Me>('/me'));
  const kind = path.split('/')[1] ?? '';
  const part = PARTS.find((p) => p === path.split('/')[2]) ?? 'now';
  const title = ta(kind === 'admin' ? `nav.${part}` : kind === 'account' ? 'nav.account' : 'door.login');
  useEffect(() => { document.title = `${title} · Tablée`; });
  const account = me.data?.account ?? null;
  const out = async (): Promise<void> => {
    const left = await post<{ next: string } | null>('/logout');
    if (left?.next) { location.assign(left.next); return; } // the provider's own logout
    me.again();
    go('/login', true);
  };
  return (
    <div class="page box" data-test={`page-${kind}`} lang={lang.value}>
      <Top home={() => go('/')} />
      {account && (kind === 'admin' || kind === 'account') && <Nav admin={account.role === 'admin'} here={kind === 'admin' ? part : 'account'} out={() => void out()} />}
      <main class="box-main">
        <Failed code={me.code} />
        {me.data && <Inside kind={kind} part={part} path={path} me={me.data} changed={me.again} />}
      </main>
      <Prefs />
    </div>
  );
}

function Inside({ kind, part, path, me, changed }: { kind: string; part: Part; path: string; me: Me; changed: () => void }) {
  const wanted = kind === 'admin' ? me.account?.role === 'admin' : kind === 'account' ? me.account !== null : false;
  if (kind === 'account' && wanted) return <AccountPage me={me} changed={changed} />;
  if (kind !== 'admin' || !wanted) {
    return <>{kind === 'admin' && me.account && <p class="note">{ta('admin.only')}</p>}<Door key={path} path={path} me={me} changed={changed} /></>;
  }
  switch (part) {
    case 'rooms': return <RoomsPage />;
    case 'members': return <MembersPage me={me} />;
    case 'settings': return <SettingsPage />;
    case 'network': return <NetworkPage />;
    case 'storage': return <StoragePage />;
    case 'outside': return <OutsidePage />;
    case 'log': return <LogPage />;
    default: return <><h1>{ta('nav.now')}</h1><NowPage /></>;
  }
}

function Nav({ admin, here, out }: { admin: boolean; here: string; out: () => void }) {
  const link = (id: Part | 'account' | 'files', to: string) => (
    <a href={to} data-test={`nav-${id}`} aria-current={here === id ? 'page' : undefined} onClick={(e) => { e.preventDefault(); go(to); }}>{ta(`nav.${id}` as AdminKey)}</a>
  );
  return (
    <nav class="box-nav" aria-label={ta('nav.label')}>
      {admin && PARTS.map((p) => link(p, p === 'now' ? '/admin' : `/admin/${p}`))}
      {link('files', '/files')}
      {link('account', '/account')}
      <button type="button" data-test="logout" onClick={out}>{ta('nav.logout')}</button>
    </nav>
  );
}
