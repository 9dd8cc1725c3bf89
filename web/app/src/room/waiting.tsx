/** In the lobby: that one waits, where one stands, and nothing of the room. */
import type { Session } from '../store/session';
import { go } from '../store/app';
import { Prefs, Top } from '../ui/parts';
import { TableScene } from '../ui/round-table';
import { rt } from './texts';

export function Waiting({ session }: { session: Session }) {
  const { place, hosted } = session.desk.value;
  return (
    <div class="page" data-test="page-waiting" data-place={place}>
      <Top home={() => { session.leave(); go('/'); }} />
      <main class="left">
        <TableScene />
        <h1>{rt('wait.title')}</h1>
        <p role="status" data-test="waiting-status">{rt(hosted ? 'wait.lead' : 'wait.nobody')} {rt(place > 1 ? 'wait.place' : 'wait.next', { place })}</p>
        <div class="row"><button type="button" class="btn" data-test="stop-waiting" onClick={() => session.leave()}>{rt('wait.leave')}</button></div>
      </main>
      <Prefs />
    </div>
  );
}
