/** Who has an account, who is invited; and one's own account. */
import { useState } from 'preact/hooks';
import { day, ta } from '../i18n/admin';
import { get, patch, post, put, remove, seg, type Account, type List, type Me, type Secret } from './api';
import { codeOf } from '../store/api';
import { RoomsPage } from './rooms';
import { Groups } from './groups';
import { Failed, Field, Form, Once, Sure, roleText, useLoad } from './parts';

export function MembersPage({ me }: { me: Me }) {
  const all = useLoad(() => get<List<Account>>('/accounts'));
  const open = useLoad(() => get<List<Secret>>('/invitations'));
  const [made, setMade] = useState<Secret | null>(null);
  const invite = async (f: FormData): Promise<void> => {
    setMade(await post<Secret>('/invitations', { role: String(f.get('role')), label: String(f.get('label')) }));
    open.again();
  };
  return (
    <>
      <h1>{ta('nav.members')}</h1>
      <Failed code={all.code} />
      <ul class="cards" data-test="members">{all.data?.items.map((a) => <Member key={a.id} account={a} mine={a.id === me.account?.id} changed={all.again} />)}</ul>
      {all.data && <Groups accounts={all.data.items} />}
      <section class="card">
        <h2>{ta('members.invite')}</h2>
        <Form name="invite" submit={ta('members.make')} run={invite}>
          <Field name="label" label={ta('members.label')} maxLength={64} />
          <div class="field">
            <label for="f-invite-role">{ta('rooms.role')}</label>
            <select id="f-invite-role" name="role" class="select"><option value="member">{roleText('member')}</option><option value="admin">{roleText('admin')}</option></select>
          </div>
        </Form>
        {made?.url && <Once label={ta('members.invite')} text={location.origin + made.url} />}
        {open.data && open.data.items.length > 0 && <h2>{ta('members.open')}</h2>}
        <ul class="rows">{open.data?.items.map((s) => (
          <li key={s.id}><span>{s.label || '–'} · {roleText(s.role ?? '')}{s.expires && ` · ${ta('members.until', { date: day(s.expires) })}`}</span>
            <button type="button" class="btn small" onClick={() => void remove(`/invitations/${seg(s.id)}`).then(open.again)}>{ta('admin.revoke')}</button></li>
        ))}</ul>
      </section>
    </>
  );
}

function Member({ account, mine, changed }: { account: Account; mine: boolean; changed: () => void }) {
  const [link, setLink] = useState('');
  const [code, setCode] = useState('');
  const base = `/accounts/${seg(account.id)}`;
  const run = (call: Promise<unknown>): void => void call.then(() => { setCode(''); changed(); }, (e: unknown) => setCode(codeOf(e)));
  return (
    <li class="card" data-test="member" data-login={account.login}>
      <div class="card-head">
        <span><strong>{account.name}</strong> <span class="hint">{account.login} · {roleText(account.role)}{mine && ` · ${ta('members.you')}`}{account.disabled && ` · ${ta('members.disabled')}`}</span></span>
        <span class="row" role="group" aria-label={ta('members.actions', { name: account.name })}>
          {account.source === 'local' && <button type="button" class="btn small" onClick={() => void post<Secret>(`${base}/reset`).then((s) => setLink(location.origin + (s.url ?? '')), (e: unknown) => setCode(codeOf(e)))}>{ta('members.reset')}</button>}
          <button type="button" class="btn small" onClick={() => run(patch(base, { role: account.role === 'admin' ? 'member' : 'admin' }))}>{ta(account.role === 'admin' ? 'members.demote' : 'members.promote')}</button>
          <button type="button" class="btn small" onClick={() => run(patch(base, { disabled: !account.disabled }))}>{ta(account.disabled ? 'members.enable' : 'members.disable')}</button>
          <Sure test="member-delete" label={ta('members.delete')} question={ta('members.deleteSure', { name: account.name })} run={async () => { await remove(base); changed(); }} />
        </span>
      </div>
      {link && <Once label={ta('members.reset')} text={link} />}
      <Failed code={code} />
    </li>
  );
}

export function AccountPage({ me, changed }: { me: Me; changed: () => void }) {
  const account = me.account;
  const secrets = useLoad(() => get<List<Secret>>('/me/secrets'));
  const [made, setMade] = useState<Secret | null>(null);
  const [saved, setSaved] = useState(false);
  if (!account) return null;
  const make = (path: string) => async (f: FormData): Promise<void> => {
    setMade(await post<Secret>(path, { label: String(f.get('label')) }));
    secrets.again();
  };
  const list = (kinds: string[]) => secrets.data?.items.filter((s) => kinds.includes(s.kind)).map((s) => (
    <li key={s.id}><span>{s.label || (s.mine ? ta('account.here') : '')} <span class="hint">{ta('account.since', { date: day(s.created) })}</span></span>
      {!s.mine && <button type="button" class="btn small" onClick={() => void remove(`/me/secrets/${seg(s.id)}`).then(secrets.again)}>{ta('admin.revoke')}</button>}</li>
  ));
  return (
    <>
      <h1>{ta('nav.account')}</h1>
      <RoomsPage mine />
      <section class="card">
        <Form name="name" submit={ta('admin.save')} run={async (f) => { await patch('/me', { name: String(f.get('name')) }); changed(); }}><Field name="name" label={ta('account.name')} value={account.name} required maxLength={64} /></Form>
      </section>
      <section class="card">
        <h2>{ta('account.password')}</h2>
        {account.source === 'local' ? (
          <Form name="password" submit={ta('account.password')} run={async (f) => { setSaved(false); await put('/me/password', { old: String(f.get('old')), new: String(f.get('new')) }); setSaved(true); secrets.again(); }}>
            <Field name="old" type="password" label={ta('account.old')} autocomplete="current-password" required />
            <Field name="new" type="password" label={ta('account.new')} hint={ta('door.passwordHint')} autocomplete="new-password" required minLength={10} />
          </Form>
        ) : <p data-test="elsewhere">{ta('account.elsewhere', { source: { oidc: me.provider, ldap: me.members, sso: me.sso }[account.source] || account.source })}</p>}
        {saved && <p class="note good" role="status">{ta('admin.saved')}</p>}
      </section>
      <section class="card"><h2>{ta('account.sessions')}</h2><ul class="rows">{list(['session'])}</ul></section>
      <section class="card">
        <h2>{ta('account.apps')}</h2>
        <p>{ta('account.appsLead')}</p>
        <ul class="rows">{list(['app', 'token'])}</ul>
        <Form name="app" submit={ta('account.newApp')} run={make('/me/apps')}><Field name="label" label={ta('account.label')} maxLength={64} /></Form>
        {made?.secret && <Once label={made.label || ta('account.newApp')} text={made.secret} />}
      </section>
    </>
  );
}
