/** Groups of members: make, rename, delete, and who is in them. An admin sees nothing of their files. */
import { useState } from 'preact/hooks';
import { ta } from '../i18n/admin';
import { codeOf } from '../store/api';
import { get, patch, post, put, remove, seg, type Account, type Group, type List } from './api';
import { Failed, Field, Form, Sure, useLoad } from './parts';

export function Groups({ accounts }: { accounts: readonly Account[] }) {
  const all = useLoad(() => get<List<Group>>('/groups'));
  const [made, setMade] = useState(0); // a new form for each group
  return (
    <section class="card" data-test="groups" data-count={all.data?.items.length ?? -1} aria-labelledby="groups">
      <h2 id="groups">{ta('groups.title')}</h2>
      <p class="hint">{ta('groups.lead')}</p>
      <Failed code={all.code} />
      <ul class="cards">{all.data?.items.map((g) => <GroupItem key={g.id} group={g} accounts={accounts} changed={all.again} />)}</ul>
      <Form key={made} name="group" submit={ta('groups.make')} run={async (f) => { await post('/groups', { name: String(f.get('group')) }); all.again(); setMade(made + 1); }}>
        <Field name="group" label={ta('groups.new')} required maxLength={64} />
      </Form>
    </section>
  );
}

function GroupItem({ group, accounts, changed }: { group: Group; accounts: readonly Account[]; changed: () => void }) {
  const [open, setOpen] = useState(false);
  const [code, setCode] = useState('');
  const base = `/groups/${seg(group.id)}`;
  const seat = (account: string): string => `${base}/members/${seg(account)}`;
  const run = (call: Promise<unknown>): void => void call.then(() => { setCode(''); changed(); }, (e: unknown) => setCode(codeOf(e)));
  const free = accounts.filter((a) => !group.members.some((m) => m.account === a.id));
  return (
    <li class="card" data-test="group" data-name={group.name} data-members={group.members.length}>
      <div class="card-head">
        <span><strong>{group.name}</strong> <span class="hint">{group.members.map((m) => m.name).join(', ') || ta('groups.nobody')}</span></span>
        <span class="row" role="group" aria-label={ta('members.actions', { name: group.name })}>
          <button type="button" class="btn small" data-test="group-edit" aria-expanded={open} onClick={() => setOpen(!open)}>{ta('groups.edit')}</button>
          <Sure test="group-delete" label={ta('members.delete')} question={ta('groups.deleteSure', { name: group.name })} run={async () => { await remove(base); changed(); }} />
        </span>
      </div>
      {open && (
        <div class="edit">
          <ul class="rows">{group.members.map((m) => (
            <li key={m.account} data-test="seat" data-login={m.login} data-manager={m.manager}>
              <span>{m.name} <span class="hint">{m.login}</span></span>
              <span class="row">
                <label class="check"><input type="checkbox" data-test="seat-manager" aria-label={ta('groups.manages', { name: m.name })} checked={m.manager} onChange={(e) => run(put(seat(m.account), { manager: e.currentTarget.checked }))} />{ta('groups.manager')}</label>
                <button type="button" class="btn small" data-test="seat-remove" aria-label={ta('groups.removeWho', { name: m.name })} onClick={() => run(remove(seat(m.account)))}>{ta('groups.remove')}</button>
              </span>
            </li>
          ))}</ul>
          {free.length > 0 && (
            <Form name="seat" submit={ta('groups.add')} run={async (f) => { await put(seat(String(f.get('seat'))), { manager: false }); changed(); }}>
              <div class="field">
                <label for={`seat-${group.id}`}>{ta('groups.who')}</label>
                <select id={`seat-${group.id}`} name="seat" class="select" data-test="seat-who">{free.map((a) => <option key={a.id} value={a.id}>{a.name} ({a.login})</option>)}</select>
              </div>
            </Form>
          )}
          <Form name="rename-group" submit={ta('groups.rename')} run={async (f) => { await patch(base, { name: String(f.get(`name-${group.id}`)) }); changed(); }}>
            <Field name={`name-${group.id}`} label={ta('groups.name')} value={group.name} required maxLength={64} />
          </Form>
        </div>
      )}
      <Failed code={code} />
    </li>
  );
}
