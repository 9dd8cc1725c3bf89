/**
 * Finds web addresses in what people write. The result is data for text nodes and anchors, never HTML; only http and
 * https addresses that the URL parser accepts become links.
 */
export type Piece = { readonly text: string } | { readonly text: string; readonly href: string };

const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;
const TRAILING = /[.,;:!?…'"»”’]+$/;

/** Takes off what ends the sentence rather than the address, and a bracket that was opened before it. */
function trim(address: string): string {
  let a = address.replace(TRAILING, '');
  for (const [open, close] of [['(', ')'], ['[', ']'], ['{', '}']] as const) {
    while (a.endsWith(close) && a.split(close).length > a.split(open).length) a = a.slice(0, -1).replace(TRAILING, '');
  }
  return a;
}

function safeHref(address: string): string | null {
  try {
    const url = new URL(address);
    // An address with a user name is how links pretend to lead elsewhere.
    const fine = (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '' && url.hostname !== '';
    return fine ? url.href : null;
  } catch {
    return null;
  }
}

export function linkify(text: string): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const shown = trim(match[0]);
    const href = safeHref(shown);
    if (href === null) continue;
    if (match.index > from) out.push({ text: text.slice(from, match.index) });
    out.push({ text: shown, href });
    from = match.index + shown.length;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}
