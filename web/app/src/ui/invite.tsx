/** The room's link, to copy, to send, or to show. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import type { Session } from '../store/session';
import { Icon } from './icons';

export const roomLink = (session: Session): string => `${location.origin}/r/${session.meeting.value.room.name || session.options.room}`;

const COPIED_MS = 2_500;

export function InviteLink({ session, field = false }: { session: Session; field?: boolean }) {
  const link = roomLink(session);
  const [said, setSaid] = useState<'' | 'copied' | 'failed'>('');
  const input = useRef<HTMLInputElement>(null);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(link);
      setSaid('copied');
    } catch {
      // Without a secure page there is no clipboard: select the text, so that the keyboard can copy it.
      input.current?.select();
      setSaid('failed');
    }
    setTimeout(() => setSaid(''), COPIED_MS);
  };
  return (
    <div class="link-row">
      {(field || said === 'failed') && <input ref={input} class="input" data-test="link" readOnly value={link} aria-label={t('invite.link')} onFocus={(e) => e.currentTarget.select()} />}
      <button type="button" class="btn go" data-test="copy-link" onClick={copy}><Icon name="copy" size={20} />{t(said === 'copied' ? 'invite.copied' : 'invite.copy')}</button>
      {'share' in navigator && <button type="button" class="btn" onClick={() => void navigator.share({ title: session.meeting.value.room.title, url: link }).catch(() => undefined)}>{t('invite.share')}</button>}
      <span class="sr" role="status">{said === 'copied' ? t('invite.copied') : ''}</span>
      {said === 'failed' && <p class="hint" role="alert">{t('invite.copyFailed')}</p>}
    </div>
  );
}

export function QRCode({ session }: { session: Session }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const link = roomLink(session);
  useEffect(() => {
    void import('../lib/qr').then(({ drawQR }) => ref.current && drawQR(ref.current, link));
  }, [link]);
  return <div class="qr"><canvas ref={ref} data-test="qr" role="img" aria-label={t('invite.qr')} /></div>;
}
