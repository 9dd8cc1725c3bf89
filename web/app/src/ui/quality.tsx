/** The choice of what one is sent: in "More" in brief, in the settings with every explanation. */
import { t } from '../i18n';
import { barsOf } from '../store/meeting';
import { QUALITIES } from '../store/quality';
import type { Session } from '../store/session';
import { BarsIcon } from './line';

export function QualityPicker({ session, brief = false }: { session: Session; brief?: boolean }) {
  const chosen = session.quality.chosen.value;
  return (
    <fieldset class={brief ? 'quality brief' : 'quality'} data-test="quality">
      <legend class="label">{t('quality.title')}</legend>
      <div class="options">
        {QUALITIES.map((q) => (
          <label key={q}>
            <input type="radio" name={brief ? 'quality-brief' : 'quality'} data-test="quality-option" data-quality={q} checked={q === chosen} onChange={() => session.setQuality(q)} />
            <span><b>{t(`quality.${q}`)}</b>{!brief && <small>{t(`quality.${q}Lead`)}</small>}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** One's own line in words, for those who hide their own picture. */
export function OwnLine({ session }: { session: Session }) {
  const m = session.meeting.value;
  const bars = barsOf(m, m.me);
  if (bars < 0) return null;
  return <p class="own-line" data-test="own-line" data-bars={bars}><span class="bars" data-bars={bars}><BarsIcon bars={bars} /></span>{t(`line.own${bars as 0 | 1 | 2 | 3 | 4}`)}</p>;
}
