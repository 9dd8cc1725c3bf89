/** After the meeting: how it ended, and the two ways from here. Nothing is rated. */
import { errorText, t } from '../i18n';
import { go, keptNotes } from '../store/app';
import { Prefs, Top } from '../ui/parts';
import { TableScene } from '../ui/round-table';

const WORDS = {
  left: ['left.title', 'left.lead'],
  replaced: ['left.replacedTitle', 'left.replacedLead'],
  idle: ['left.idleTitle', 'left.idleLead'],
  removed: ['left.removedTitle', 'left.removedLead'],
  banned: ['left.removedTitle', 'left.bannedLead'],
  ended: ['left.endedTitle', 'left.lead'],
  refused: ['left.refusedTitle', 'left.lead'],
} as const;

export function Left({ reason, code, rejoin }: { reason: string; code: string; rejoin: () => void }) {
  const known = reason in WORDS ? (reason as keyof typeof WORDS) : 'left';
  const [title, lead] = WORDS[known];
  return (
    <div class="page" data-test="page-left" data-reason={known} data-code={code}>
      <Top home={() => go('/')} />
      <main class="left">
        <TableScene />
        <h1>{t(title)}</h1>
        <p>{code ? errorText(code) : t(lead)}</p>
        <div class="row">
          <button type="button" class="btn go" data-test="rejoin" onClick={rejoin}>{t('left.rejoin')}</button>
          <button type="button" class="btn" data-test="go-home" onClick={() => go('/')}>{t('app.home')}</button>
        </div>
        {[...keptNotes.value].filter(([, n]) => n.text.trim() !== '').map(([id, n]) => (
          <a key={id} class="btn" data-test="left-notes" download={`${n.title || t('bar.notes')}.md`} href={`data:text/markdown;charset=utf-8,${encodeURIComponent(n.text)}`}>{t('left.notes', { title: n.title || t('bar.notes') })}</a>
        ))}
      </main>
      <Prefs />
    </div>
  );
}
