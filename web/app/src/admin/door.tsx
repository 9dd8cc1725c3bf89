/** How one comes in: log in, become the first admin, follow an invitation, set a new password. */
import { useState } from 'preact/hooks';
import { ta, type AdminKey } from '../i18n/admin';
import { AFTER, read, write } from '../lib/storage';
import { go } from '../store/app';
import { post, type Account, type Me } from './api';
import { Failed, Field, Form } from './parts';

const LOGIN_MAX = 64;
const PASSWORD_MIN = 10;

const text = (f: FormData, name: string): string => String(f.get(name) ?? '');

/** The secret behind the # is taken at once, and does not stay in the address bar. */
function useSecret(): string {
  const [secret] = useState(() => {
    const s = location.hash.slice(1);
    if (s) history.replaceState(null, '', location.pathname);
    return s;
  });
  return secret;
}

export function Door({ path, me, changed }: { path: string; me: Me; changed: () => void }) {
  const secret = useSecret();
  const kind = path.split('/')[1];
  const come = (to: string) => async (call: Promise<Account>): Promise<void> => {
    const account = await call;
    changed();
    const after = read(AFTER, 'session');
    write(AFTER, null, 'session');
    go(to !== 'home' ? to : after?.startsWith('/files') ? after : account.role === 'admin' ? '/admin' : '/account', true);
  };
  if (kind !== 'setup' && kind !== 'welcome' && kind !== 'reset') return <Login me={me} to={kind === 'login' ? '' : path} come={come('home')} />;
  if (!secret) return <section class="door"><h1>{ta('door.nolink')}</h1></section>;
  if (kind === 'reset') {
    return (
      <section class="door">
        <h1>{ta('door.resetTitle')}</h1>
        <Form name="reset" submit={ta('door.set')} run={(f) => come('home')(post('/reset', { secret, password: text(f, 'password') }))}><NewPassword /></Form>
      </section>
    );
  }
  const title: AdminKey = kind === 'setup' ? 'door.setupTitle' : 'door.welcomeTitle';
  return (
    <section class="door">
      <h1>{ta(title)}</h1>
      <p class="lead">{ta(kind === 'setup' ? 'door.setupLead' : 'door.welcomeLead')}</p>
      <Form name={kind} submit={ta('door.make')} run={(f) => come('home')(post(kind === 'setup' ? '/setup' : '/invitation/accept', { secret, login: text(f, 'login'), name: text(f, 'name'), password: text(f, 'password') }))}>
        <Field name="login" label={ta('door.name')} autocomplete="username" required maxLength={LOGIN_MAX} />
        <Field name="name" label={ta('door.shown')} autocomplete="name" maxLength={LOGIN_MAX} />
        <NewPassword />
      </Form>
    </section>
  );
}

function NewPassword() {
  return <Field name="password" type="password" label={ta('door.password')} hint={ta('door.passwordHint')} autocomplete="new-password" required minLength={PASSWORD_MIN} />;
}

function Login({ me, to, come }: { me: Me; to: string; come: (call: Promise<Account>) => Promise<void> }) {
  const ways: readonly (readonly [string, string])[] = [['/api/v1/login/provider', me.provider ?? ''], ['/sso', me.sso ?? '']];
  const query = to ? `?to=${encodeURIComponent(to)}` : '';
  return (
    <section class="door">
      <h1>{ta('door.login')}</h1>
      <Failed code={new URLSearchParams(location.search).get('error') ?? ''} />
      {ways.map(([href, name]) => name && <a key={href} class="btn go" data-test={`way-${href.split('/').pop() ?? ''}`} href={href + query}>{ta('door.provider', { name })}</a>)}
      {(me.provider || me.sso) && <p class="hint door-or">{ta('door.or')}</p>}
      <Form name="login" submit={ta('door.login')} run={(f) => come(post('/login', { login: text(f, 'login'), password: text(f, 'password') }))}>
        <Field name="login" label={ta('door.name')} {...(me.members ? { hint: ta('door.members', { name: me.members }) } : {})} autocomplete="username" required maxLength={LOGIN_MAX} />
        <Field name="password" type="password" label={ta('door.password')} autocomplete="current-password" required />
      </Form>
    </section>
  );
}
