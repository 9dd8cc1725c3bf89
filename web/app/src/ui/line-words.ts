/** How good a connection is and who limits it, in sentences. */
import { t } from '../i18n';
import type { Limit, Member, Quality } from '../media';
import { barsOf, pausedWhy, type Meeting } from '../store/meeting';

/** From so many bars down a person's own connection is the likeliest reason for what others see of them. */
const FAIR = 2;

const level = (bars: number): 0 | 1 | 2 | 3 | 4 => Math.min(4, Math.max(0, bars)) as 0 | 1 | 2 | 3 | 4;

/** Why a picture that is on is not shown; '' when it is. One's own choice is not the meeting's. */
export function pausedWords(why: Limit, chosen: Quality): string {
  if (why === '') return '';
  return why === 'economy' && chosen !== 'auto' ? t('paused.chosen') : t(`paused.${why}`);
}

function limitWords(limit: Limit, chosen: Quality): string {
  if (limit === '') return '';
  return limit === 'economy' && chosen !== 'auto' ? t('limit.chosen') : t(`limit.${limit}`);
}

/** What the bars of this member mean: how good, who limits, and for oneself the figures. */
export function lineWords(m: Meeting, member: Member, chosen: Quality): string[] {
  const bars = level(barsOf(m, member.id));
  if (member.id !== m.me) {
    const paused = pausedWords(pausedWhy(m, member.id, 'camera') || pausedWhy(m, member.id, 'screen'), chosen);
    const rest = bars <= FAIR ? t('limit.theirs') : paused ? '' : limitWords(m.line?.limit ?? '', chosen);
    return [t(`line.their${bars}`, { name: member.name }), rest, paused].filter(Boolean);
  }
  const { line } = m;
  const figures = line ? t('line.figures', { down: line.down, up: line.up, loss: line.loss }) : '';
  return [t(`line.own${bars}`), limitWords(line?.limit ?? '', chosen), figures, line?.rtt ? t('line.delay', { rtt: line.rtt }) : ''].filter(Boolean);
}
