/** What the toolbar does: changes of the text around the selection, as pure functions of the editor's state. */
import { EditorSelection, type ChangeSpec, type EditorState, type TransactionSpec } from '@codemirror/state';

export type Format = 'bold' | 'italic' | 'strike' | 'code' | 'heading' | 'bullets' | 'numbers' | 'tasks' | 'quote' | 'block' | 'table' | 'link';

const MARKS: Readonly<Partial<Record<Format, string>>> = { bold: '**', italic: '*', strike: '~~', code: '`' };

/** Puts the mark around each selection, or takes it off when it is there. Without a selection the word at the cursor. */
function toggleMark(state: EditorState, mark: string): TransactionSpec {
  return state.changeByRange((range) => {
    const word = range.empty ? state.wordAt(range.head) : null;
    const { from, to } = word ?? range;
    const n = mark.length;
    const alone = (outer: string): boolean => mark !== '*' || outer !== '**' || false;
    const outside = state.sliceDoc(from - n, from) === mark && state.sliceDoc(to, to + n) === mark && (alone(state.sliceDoc(from - 2, from)) || state.sliceDoc(from - 3, from) === '***');
    if (outside) {
      return { changes: [{ from: from - n, to: from }, { from: to, to: to + n }], range: EditorSelection.range(from - n, to - n) };
    }
    const inner = state.sliceDoc(from, to);
    if (inner.length >= 2 * n && inner.startsWith(mark) && inner.endsWith(mark) && (mark !== '*' || !inner.startsWith('**') || inner.startsWith('***'))) {
      return { changes: [{ from, to: from + n }, { from: to - n, to }], range: EditorSelection.range(from, to - 2 * n) };
    }
    const next = from === to ? EditorSelection.cursor(from + n) : EditorSelection.range(from + n, to + n);
    return { changes: [{ from, insert: mark }, { from: to, insert: mark }], range: next };
  });
}

const PREFIX = /^(\s*)(?:[-*+]\s+\[[ xX]\]\s+|[-*+]\s+|\d{1,9}[.)]\s+|#{1,6}\s+|>\s?)?/;
const IS: Readonly<Partial<Record<Format, RegExp>>> = {
  heading: /^\s*#{1,6}\s/, bullets: /^\s*[-*+]\s+(?!\[[ xX]\]\s)/, numbers: /^\s*\d{1,9}[.)]\s/, tasks: /^\s*[-*+]\s+\[[ xX]\]\s/, quote: /^\s*>/,
};

/** The next state of a heading: none → # → ## → ### → none. */
function nextHeading(line: string): string {
  const level = /^\s*(#{1,6})\s/.exec(line)?.[1]?.length ?? 0;
  return level >= 3 ? '' : `${'#'.repeat(level + 1)} `;
}

/** Gives the selected lines this beginning, or takes it off when all have it. */
function toggleLines(state: EditorState, what: Format): TransactionSpec {
  const changes: ChangeSpec[] = [];
  const { from, to } = state.selection.main;
  const first = state.doc.lineAt(from).number;
  const last = state.doc.lineAt(to).number;
  const lines = Array.from({ length: last - first + 1 }, (_, i) => state.doc.line(first + i));
  const some = lines.filter((l) => l.text.trim() !== '' || lines.length === 1);
  const all = what !== 'heading' && some.every((l) => IS[what]?.test(l.text));
  some.forEach((line, i) => {
    const match = PREFIX.exec(line.text);
    const indent = match?.[1] ?? '';
    const begin = all ? '' : what === 'heading' ? nextHeading(line.text) : what === 'bullets' ? '- ' : what === 'numbers' ? `${i + 1}. ` : what === 'tasks' ? '- [ ] ' : '> ';
    const insert = (what === 'heading' ? '' : indent) + begin;
    changes.push({ from: line.from, to: line.from + (match?.[0].length ?? 0), insert });
  });
  return withCursorKept(state, changes);
}

function withCursorKept(state: EditorState, changes: ChangeSpec[]): TransactionSpec {
  const set = state.changes(changes);
  const { anchor, head } = state.selection.main;
  return { changes: set, selection: EditorSelection.range(set.mapPos(anchor, 1), set.mapPos(head, 1)) };
}

/** Puts a block on lines of its own, with the part between `from` and `to` of it selected. */
function insertBlock(state: EditorState, text: string, from: number, to: number): TransactionSpec {
  const { main } = state.selection;
  const line = state.doc.lineAt(main.to);
  const before = line.text.trim() === '' ? '' : '\n\n';
  const after = line.number < state.doc.lines && state.doc.line(line.number + 1).text.trim() !== '' ? '\n' : '';
  const at = line.text.trim() === '' ? line.from : line.to;
  return { changes: { from: at, to: line.to, insert: before + text + after }, selection: EditorSelection.range(at + before.length + from, at + before.length + to) };
}

export interface Words {
  readonly column: string;
  readonly linkText: string;
}

export function format(state: EditorState, what: Format, words: Words): TransactionSpec {
  const { main } = state.selection;
  const mark = MARKS[what];
  if (mark) return toggleMark(state, mark);
  if (what === 'table') {
    const c = words.column;
    const head = `| ${c} 1 | ${c} 2 | ${c} 3 |`;
    return insertBlock(state, `${head}\n| --- | --- | --- |\n|  |  |  |\n|  |  |  |\n`, 2, 2 + c.length + 2);
  }
  if (what === 'block') {
    const inner = state.sliceDoc(main.from, main.to);
    if (inner === '') return insertBlock(state, '```\n\n```\n', 4, 4);
    return { changes: { from: main.from, to: main.to, insert: `\`\`\`\n${inner}\n\`\`\`` }, selection: EditorSelection.range(main.from + 4, main.from + 4 + inner.length) };
  }
  if (what === 'link') {
    const inner = state.sliceDoc(main.from, main.to);
    const isAddress = /^https?:\/\/\S+$/.test(inner);
    const shown = isAddress ? words.linkText : inner || words.linkText;
    const insert = `[${shown}](${isAddress ? inner : 'https://'})`;
    const start = main.from + 1;
    const selection = isAddress || inner === '' ? EditorSelection.range(start, start + shown.length) : EditorSelection.cursor(main.from + insert.length - 1);
    return { changes: { from: main.from, to: main.to, insert }, selection };
  }
  return toggleLines(state, what);
}
