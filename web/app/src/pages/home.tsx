/** The front page: what this is, and one field. */
import { useEffect, useState } from 'preact/hooks';
import { errorText, t } from '../i18n';
import { call, codeOf, openRoom } from '../store/api';
import { go, recentRooms } from '../store/app';
import { Icon } from '../ui/icons';
import { Prefs, Top } from '../ui/parts';
import { TableScene } from '../ui/round-table';

export function Home() {
  const [name, setName] = useState('');
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState('');
  const [front, setFront] = useState<{ name: string; welcome: string; account?: object | null }>({ name: '', welcome: '' });
  useEffect(() => void call<typeof front>('/api/v1/me').then(setFront, () => undefined), []);

  const open = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailed('');
    try {
      const room = await openRoom(name.trim());
      go(room.host_url ?? room.url);
    } catch (error) {
      setFailed(codeOf(error));
      setBusy(false);
    }
  };

  return (
    <div class="page" data-test="page-home">
      <Top home={() => go('/')} />
      <main class="home">
        <div>
          <h1>{t('home.title')}</h1>
          <p class="lead">{t('home.lead')}</p>
          {(front.name || front.welcome) && <p class="note" data-test="front">{front.name && <strong>{front.name}</strong>} {front.welcome}</p>}
          <form onSubmit={open}>
            <label class="label" for="room-name">{t('home.room')}</label>
            <div class="row">
              <input id="room-name" class="input" data-test="room-name" value={name} onInput={(e) => setName(e.currentTarget.value)} placeholder={t('home.placeholder')} maxLength={100} autocomplete="off" autocapitalize="none" spellcheck={false} aria-describedby="room-hint" />
              <button class="btn go big" data-test="open-room" disabled={busy}>{busy ? t('home.opening') : t('home.open')}</button>
            </div>
            <p id="room-hint" class="hint">{t('home.hint')}</p>
            {failed && <p class="note bad" role="alert" data-test="home-error" data-code={failed}>{errorText(failed)}</p>}
          </form>
          {front.account && <p class="home-files"><a class="btn small" data-test="home-team" href="/files" onClick={(e) => { e.preventDefault(); go('/files'); }}><Icon name="files" size={20} />{t('home.team')}</a></p>}
          <p class="home-files"><a data-test="to-drops" href="/f" onClick={(e) => { e.preventDefault(); go('/f'); }}>{t('home.files')}</a></p>
          <Recent />
          <p class="home-pads"><a class="btn small" data-test="home-pads" href="/p" onClick={(e) => { e.preventDefault(); go('/p'); }}><Icon name="notes" size={20} />{t('home.pads')}</a><span class="hint">{t('home.padsLead')}</span></p>
          <p class="hint"><a href="/account" data-test="to-account">{t('home.account')}</a></p>
        </div>
        <TableScene />
      </main>
      <Prefs />
    </div>
  );
}

function Recent() {
  const rooms = recentRooms();
  if (rooms.length === 0) return null;
  return (
    <nav class="recent" aria-labelledby="recent">
      <h2 id="recent" class="label">{t('home.recent')}</h2>
      <ul>{rooms.map((r) => (
        <li key={r.name}><a class="btn small" data-test="recent-room" href={`/r/${r.name}`} onClick={(e) => { e.preventDefault(); go(`/r/${r.name}`); }}>{r.title}</a></li>
      ))}</ul>
    </nav>
  );
}
