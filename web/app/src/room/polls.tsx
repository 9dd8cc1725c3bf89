/** Polls and the timer. Everybody sees the answers as they come. */
import { useRef, useState } from 'preact/hooks';
import type { Poll } from '../media';
import type { Session } from '../store/session';
import css from './room.lazy.css';
import { rt } from './texts';
import { adopt } from '../lib/adopt';

adopt(css);

const MINUTES = [1, 2, 5, 10, 15];
const MOST = 12;

export function Polls({ session }: { session: Session }) {
  const polls = [...session.desk.value.polls.values()].sort((a, b) => b.poll - a.poll);
  return (
    <>
      {session.may('timer') && (
        <section class="section" data-test="timers">
          <h3>{rt('timer.title')}</h3>
          <div class="row tools">{MINUTES.map((n) => <button key={n} type="button" class="btn small" data-test="timer" data-minutes={n} onClick={() => session.order({ t: 'timer', seconds: 60 * n })}>{rt('timer.minutes', { count: n })}</button>)}</div>
        </section>
      )}
      {session.may('poll') && <Ask session={session} />}
      {polls.length === 0 && <p class="hint">{rt('polls.none')}</p>}
      {polls.map((p) => <One key={p.poll} session={session} poll={p} />)}
    </>
  );
}

function Ask({ session }: { session: Session }) {
  const [question, setQuestion] = useState('');
  const [options, setOptions] = useState(['', '']);
  const [multiple, setMultiple] = useState(false);
  const [anonymous, setAnonymous] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  const given = options.map((o) => o.trim()).filter(Boolean);
  const ask = (e: Event): void => {
    e.preventDefault();
    session.order({ t: 'poll', question: question.trim(), options: given, multiple, anonymous });
    setQuestion('');
    setOptions(['', '']);
    first.current?.focus(); // the button is switched off now
  };
  return (
    <form class="section stack" data-test="poll-form" onSubmit={ask}>
      <h3>{rt('polls.ask')}</h3>
      <label class="line">{rt('polls.question')}<input ref={first} class="input" data-test="poll-question" maxLength={200} value={question} onInput={(e) => setQuestion(e.currentTarget.value)} /></label>
      {options.map((o, i) => (
        <label class="line" key={i}>{rt('polls.option', { n: i + 1 })}<input class="input" data-test="poll-option" maxLength={200} value={o} onInput={(e) => setOptions(options.map((x, j) => (j === i ? e.currentTarget.value : x)))} /></label>
      ))}
      {options.length < MOST && <button type="button" class="btn small" data-test="poll-more" onClick={() => setOptions([...options, ''])}>{rt('polls.more')}</button>}
      <label class="check"><input type="checkbox" data-test="poll-multiple" checked={multiple} onChange={(e) => setMultiple(e.currentTarget.checked)} />{rt('polls.multiple')}</label>
      <label class="check"><input type="checkbox" data-test="poll-anonymous" checked={anonymous} onChange={(e) => setAnonymous(e.currentTarget.checked)} />{rt('polls.anonymous')}</label>
      <button class="btn go small" data-test="poll-start" disabled={!question.trim() || new Set(given).size < 2 || new Set(given).size !== given.length}>{rt('polls.start')}</button>
    </form>
  );
}

function One({ session, poll }: { session: Session; poll: Poll }) {
  const most = Math.max(1, poll.people);
  const choose = (i: number): void => {
    const has = poll.mine.includes(i);
    const choices = poll.multiple ? (has ? poll.mine.filter((c) => c !== i) : [...poll.mine, i]) : [i];
    session.order({ t: 'vote', poll: poll.poll, choices });
  };
  return (
    <fieldset class="poll" data-test="poll" data-poll={poll.poll} data-closed={poll.closed}>
      <legend>{poll.question}</legend>
      {poll.options.map((o, i) => (
        <label key={i} class="answer" data-test="poll-answer" data-votes={poll.votes[i] ?? 0} title={poll.voters[i]?.join(', ') ?? ''}>
          <input type={poll.multiple ? 'checkbox' : 'radio'} name={`poll-${poll.poll}`} checked={poll.mine.includes(i)} disabled={poll.closed || !session.may('vote')} onChange={() => choose(i)} />
          <span>{o}</span><b class="num">{poll.votes[i] ?? 0}</b>
          <meter min={0} max={most} value={poll.votes[i] ?? 0} aria-hidden="true" />
          {(poll.voters[i]?.length ?? 0) > 0 && <small class="hint">{poll.voters[i]?.join(', ')}</small>}
        </label>
      ))}
      <p class="hint">{rt('polls.people', { count: poll.people })}{poll.closed ? ` · ${rt('polls.closed')}` : ''}</p>
      {!poll.closed && session.may('poll') && <button type="button" class="btn small" data-test="poll-end" onClick={() => session.order({ t: 'close', poll: poll.poll })}>{rt('polls.end')}</button>}
    </fieldset>
  );
}
