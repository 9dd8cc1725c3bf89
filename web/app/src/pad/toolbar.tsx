/** What one does to the text, in words and signs that need no explanation. Arrow keys move along it (ARIA toolbar). */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Format } from './format';
import { PadIcon, type PadIconName } from './icons';
import { tp } from './text';

const GROUPS: readonly (readonly [Format | 'undo' | 'redo' | 'image' | 'comment' | 'find', PadIconName, string?][])[] = [
  [['undo', 'undo', 'Ctrl+Z'], ['redo', 'redo', 'Ctrl+Y']],
  [['heading', 'heading'], ['bold', 'bold', 'Ctrl+B'], ['italic', 'italic', 'Ctrl+I'], ['strike', 'strike']],
  [['bullets', 'bullets'], ['numbers', 'numbers'], ['tasks', 'tasks'], ['quote', 'quote']],
  [['link', 'link', 'Ctrl+K'], ['image', 'image'], ['table', 'table'], ['block', 'code']],
  [['comment', 'comment', 'Ctrl+Alt+M'], ['find', 'find', 'Ctrl+F']],
];

export type ToolAction = (typeof GROUPS)[number][number][0];

export function Tools({ writable, commentable, act, children }: { writable: boolean; commentable: boolean; act: (what: ToolAction) => void; children?: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const arrows = (e: KeyboardEvent): void => {
    const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const all = [...(box.current?.querySelectorAll<HTMLButtonElement>('button:not([disabled])') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const next = all[(at + step + all.length) % all.length];
    if (at >= 0 && next) {
      e.preventDefault();
      next.focus();
    }
  };
  return (
    <div class="pad-tools" role="toolbar" aria-label={tp('toolbar')} ref={box} onKeyDown={arrows}>
      {GROUPS.map((group, i) => (
        <div class="pad-group" key={i}>
          {group.map(([what, icon, keys]) => (
            <button key={what} type="button" class="pad-tool" data-test={`pad-${what}`} aria-label={tp(`tool.${what}`)} title={keys ? `${tp(`tool.${what}`)} (${keys})` : tp(`tool.${what}`)}
              disabled={what === 'find' ? false : what === 'comment' ? !commentable : !writable}
              onMouseDown={(e) => e.preventDefault()} onClick={() => act(what)}><PadIcon name={icon} /></button>
          ))}
        </div>
      ))}
      {children}
    </div>
  );
}
