/** What an admin may change while the server runs, and what is in the settings file. */
import { useState } from 'preact/hooks';
import { ta } from '../i18n/admin';
import { get, patch, type ServerSettings } from './api';
import { Failed, Field, Form, useLoad } from './parts';

const OPENERS = [['guest', 'settings.guest'], ['member', 'settings.member'], ['admin', 'settings.admin']] as const;

export function SettingsPage() {
  const s = useLoad(() => get<ServerSettings>('/server/settings'));
  const [saved, setSaved] = useState(false);
  if (!s.data) return s.code ? <Failed code={s.code} /> : <p class="hint">{ta('admin.loading')}</p>;
  const { live, fixed } = s.data;
  const locked = live.locked.includes('uplink');
  const save = async (f: FormData): Promise<void> => {
    setSaved(false);
    await patch('/server/settings', { open_rooms: String(f.get('open')), ...(locked ? {} : { uplink: Number(f.get('uplink')) }) });
    setSaved(true);
    s.again();
  };
  return (
    <>
      <h1>{ta('nav.settings')}</h1>
      <section class="card">
        <h2>{ta('settings.live')}</h2>
        <Form name="settings" submit={ta('admin.save')} run={save}>
          <div class="field">
            <label for="f-open">{ta('settings.openRooms')}</label>
            <select id="f-open" name="open" class="select" data-test="open-rooms">{OPENERS.map(([v, k]) => <option key={v} value={v} selected={v === live.open_rooms}>{ta(k)}</option>)}</select>
          </div>
          <Field name="uplink" type="number" min={0} label={ta('settings.uplink')} value={String(live.uplink)} hint={ta(locked ? 'settings.locked' : 'settings.uplinkHint')} disabled={locked} />
        </Form>
        {saved && <p class="note good" role="status">{ta('admin.saved')}</p>}
      </section>
      <section class="card">
        <h2>{ta('settings.fixed')}</h2>
        <p>{ta('settings.fixedLead')}</p>
        <dl class="fixed">{fixed.map((x) => <div key={x.name}><dt><code>{x.name}</code></dt><dd><code>{x.value || '–'}</code> <span class="hint">{x.place === 'default' ? ta('settings.default') : x.place}</span></dd></div>)}</dl>
      </section>
    </>
  );
}
