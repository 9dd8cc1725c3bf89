/** What the room has to say above the picture: who waits, what one is asked, how much time is left, in which group one is. */
import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../store/session';
import { rt } from './texts';

export function RoomBanners({ session }: { session: Session }) {
  const d = session.desk.value;
  const close = (change: object): void => void (session.desk.value = { ...session.desk.value, ...change });
  const [first] = d.lobby;
  return (
    <>
      {d.asked && (
        <div class="banner good" role="alertdialog" aria-label={rt(`asked.${d.asked}`)} data-test="banner" data-banner="asked">
          <span>{rt(`asked.${d.asked}`)}</span>
          <button type="button" class="btn go small" data-test="asked-yes" onClick={() => session.answerAsked(true)}>{rt('asked.yes')}</button>
          <button type="button" class="btn small" data-test="asked-no" onClick={() => session.answerAsked(false)}>{rt('asked.no')}</button>
        </div>
      )}
      {first && session.panel.value !== 'people' && (
        <div class="banner" role="status" data-test="banner" data-banner="lobby">
          <span>{rt('lobby.banner', { count: d.lobby.length, name: first.name })}</span>
          {d.lobby.length === 1
            ? <button type="button" class="btn go small" data-test="admit-one" onClick={() => session.order({ t: 'admit', id: first.id })}>{rt('lobby.admit')}</button>
            : <button type="button" class="btn go small" data-test="admit-all" onClick={() => session.order({ t: 'admit' })}>{rt('lobby.all')}</button>}
          <button type="button" class="btn small" data-test="lobby-look" onClick={() => session.open('people')}>{rt('lobby.look')}</button>
        </div>
      )}
      {d.announcement && (
        <div class="banner good" role="alert" data-test="banner" data-banner="announce">
          <span>{rt('announce.by', d.announcement)}</span>
          <button type="button" class="btn small" onClick={() => close({ announcement: null })}>{rt('app.close')}</button>
        </div>
      )}
      {d.breakout > 0 && (
        <div class="banner good" role="status" data-test="banner" data-banner="breakout">
          <span>{rt('breakout.in', { n: d.breakout })}</span>
          <button type="button" class="btn small" data-test="breakout-back" onClick={() => session.goBack()}>{rt('breakout.back')}</button>
        </div>
      )}
      {d.timerEnds > 0 && <Timer session={session} ends={d.timerEnds} />}
    </>
  );
}

function Timer({ session, ends }: { session: Session; ends: number }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((ends - now) / 1000));
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const bad = seconds === 0 ? 'bad' : '';
  return (
    <div class={`banner ${bad}`} data-test="banner" data-banner="timer" role="timer">
      <span class="num">{rt('timer.left', { time })}</span>
      {session.may('timer') && <button type="button" class="btn small" data-test="timer-stop" onClick={() => session.order({ t: 'timer', seconds: 0 })}>{rt('timer.stop')}</button>}
    </div>
  );
}
