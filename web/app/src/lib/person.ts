/** How a person is recognised without reading: a colour by seat, and letters. */
export const COLOURS = 15;

/** The class that sets the person's colour (styles/tokens.css). */
export const personClass = (seat: number): string => `p${((Math.trunc(seat) % COLOURS) + COLOURS) % COLOURS}`;

/** One or two letters of a name, by what a reader sees as characters. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s\-_.]+/u).filter((w) => w !== '');
  const first = firstLetter(words[0] ?? '');
  const last = words.length > 1 ? firstLetter(words.at(-1) ?? '') : '';
  return (first + last).toLocaleUpperCase() || '·';
}

function firstLetter(word: string): string {
  if (typeof Intl !== 'undefined' && 'Segmenter' in Intl) {
    for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word)) return segment;
  }
  return [...word][0] ?? '';
}
