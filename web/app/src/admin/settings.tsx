/** What an admin may change while the server runs, and what is in the settings file. */
import { useState } from 'preact/hooks';
import { ta } from '../i18n/admin';
import { get, patch, type List, type Setting } from './api';
import { choiceText, groupText, settingHint, settingLabel } from './words';
import { Failed, Field, Form, useLoad } from './parts';

/** The groups in which the settings are shown, by how their names begin. What fits none comes last. */
const GROUPS = [['front', ['name', 'welcome']], ['rooms', ['rooms.']], ['media', ['media.']], ['files', ['files.']], ['other', ['']]] as const;
type Group = (typeof GROUPS)[number][0];
const groupOf = (name: string): Group => GROUPS.find(([, heads]) => heads.some((h) => name.startsWith(h)))?.[0] ?? 'other';

/** What the form changes: nothing for what it leaves as it was. */
function changes(list: readonly Setting[], f: FormData): Record<string, string | null> {
  const values: Record<string, string | null> = {};
  for (const s of list) {
    const typed = f.get(s.name);
    if (s.locked || typed === null) continue;
    const value = String(typed).trim();
    if (s.kind === 'secret') {
      if (f.get(`${s.name}.off`) !== null) values[s.name] = '';
      else if (value) values[s.name] = value;
    } else if (value !== s.value) values[s.name] = value === s.default ? null : value;
  }
  return values;
}

export function SettingsPage() {
  const s = useLoad(() => get<List<Setting>>('/server/settings'));
  if (!s.data) return s.code ? <Failed code={s.code} /> : <p class="hint">{ta('admin.loading')}</p>;
  const live = s.data.items.filter((x) => x.live);
  const fixed = s.data.items.filter((x) => !x.live);
  return (
    <>
      <h1>{ta('nav.settings')}</h1>
      <p>{ta('settings.lead')}</p>
      {GROUPS.map(([group]) => {
        const own = live.filter((x) => groupOf(x.name) === group);
        return own.length > 0 && <GroupForm key={group} group={group} list={own} again={s.again} />;
      })}
      <section class="card" data-test="fixed">
        <h2>{ta('settings.fixed')}</h2>
        <p>{ta('settings.fixedLead')}</p>
        <dl class="fixed">{fixed.map((x) => <div key={x.name}><dt><code>{x.name}</code></dt><dd><code>{x.value || (x.set ? '••••' : '–')}</code> <span class="hint">{x.place === 'default' ? ta('settings.default') : x.place}</span></dd></div>)}</dl>
      </section>
    </>
  );
}

function GroupForm({ group, list, again }: { group: Group; list: readonly Setting[]; again: () => void }) {
  const [saved, setSaved] = useState(false);
  const save = async (f: FormData): Promise<void> => {
    setSaved(false);
    const values = changes(list, f);
    if (Object.keys(values).length > 0) await patch('/server/settings', { values });
    setSaved(true);
    again();
  };
  return (
    <section class="card" aria-labelledby={`g-${group}`}>
      <h2 id={`g-${group}`}>{groupText(group)}</h2>
      <Form name={`settings-${group}`} submit={ta('admin.save')} run={save}>{list.map((x) => <One key={`${x.name}=${x.value}`} setting={x} />)}</Form>
      {saved && <p class="note good" role="status" data-test="saved">{ta('admin.saved')}</p>}
    </section>
  );
}

function One({ setting: x }: { setting: Setting }) {
  const id = `f-${x.name}`;
  const label = settingLabel(x.name);
  const hint = [settingHint(x.name, x.help), x.locked ? ta('settings.locked', { place: x.place }) : ''].filter(Boolean).join(' ');
  if (x.kind === 'choice') {
    return (
      <div class="field">
        <label for={id}>{label}</label>
        <select id={id} name={x.name} class="select" data-test={id} disabled={x.locked} aria-describedby={`${id}-hint`}>{(x.choices ?? []).map((c) => <option key={c} value={c} selected={c === x.value}>{choiceText(c)}</option>)}</select>
        <p class="hint" id={`${id}-hint`}>{hint}</p>
      </div>
    );
  }
  if (x.kind === 'number') return <Field name={x.name} type="number" min={x.low ?? 0} max={x.high ?? 0} required label={label} value={x.value} hint={hint} disabled={x.locked} />;
  return (
    <>
      <Field name={x.name} type={x.kind === 'secret' ? 'password' : 'text'} autocomplete={x.kind === 'secret' ? 'new-password' : 'off'} label={label} value={x.value} hint={x.kind === 'secret' ? `${hint} ${ta(x.set ? 'settings.isSet' : 'settings.notSet')}` : hint} disabled={x.locked} />
      {x.kind === 'secret' && x.set && !x.locked && <label class="check"><input type="checkbox" name={`${x.name}.off`} data-test={`${id}-off`} /><span>{ta('settings.remove')}</span></label>}
    </>
  );
}
