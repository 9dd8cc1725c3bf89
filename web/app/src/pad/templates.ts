/** What a new pad may begin with. */
import { lang } from '../i18n';
import { tp } from './text';

export type Template = 'blank' | 'minutes' | 'tasks' | 'board';
export const TEMPLATES: readonly Template[] = ['blank', 'minutes', 'tasks', 'board'];

export function template(which: Template, now: number): { title: string; text: string } {
  const date = new Intl.DateTimeFormat(lang.value, { dateStyle: 'long' }).format(now);
  if (which === 'minutes') {
    const part = (title: string, ...lines: string[]): string => `## ${title}\n\n${lines.join('\n')}\n`;
    return {
      title: tp('minutes.title', { date }),
      text: [`# ${tp('minutes.title', { date })}\n`, part(tp('minutes.present'), '- '), part(tp('minutes.agenda'), '1. ', '2. ', '3. '), part(tp('minutes.decisions'), '- '), part(tp('minutes.tasks'), `- [ ] ${tp('minutes.task')}`, '- [ ] '), part(tp('minutes.next'), '')].join('\n'),
    };
  }
  if (which === 'tasks') return { title: tp('template.tasks'), text: `# ${tp('template.tasks')}\n\n- [ ] \n- [ ] \n- [ ] \n` };
  return { title: which === 'board' ? tp('template.board') : '', text: '' };
}
