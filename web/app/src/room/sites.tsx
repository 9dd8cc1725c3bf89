/** The field for the sites that may embed a room, in the room's own dialog and in the pages of rooms. */
import { MAX_SITES, readSites } from '../lib/sites';
import { rt } from './texts';

function check(e: Event & { currentTarget: HTMLTextAreaElement }): void {
  const { origins, bad } = readSites(e.currentTarget.value);
  e.currentTarget.setCustomValidity(bad ? rt('set.originsBad', { what: bad }) : origins.length > MAX_SITES ? rt('set.originsMany') : '');
}

/** `name="origins"` in the form around, which is not sent while something in it is no site. */
export function SitesField({ origins = [], kind, test }: { origins?: readonly string[] | undefined; kind: string; test: string }) {
  return (
    <div class={kind}>
      <label for={test}>{rt('set.origins')}</label>
      <textarea id={test} class="input" name="origins" rows={2} data-test={test} spellcheck={false} autocapitalize="none" defaultValue={origins.join('\n')} onInput={check} />
    </div>
  );
}
