/** The sites that may embed a room, as a person writes them: one a line, or with spaces or commas between. */

/** As room.MaxOrigins and room.MaxOrigin (bytes; an origin is ASCII). */
export const MAX_SITES = 16;
const MAX_SITE = 255;

export interface Sites {
  readonly origins: readonly string[];
  /** The first that is no site; "" when all are. */
  readonly bad: string;
}

/** Takes addresses of pages for their sites, and a bare host for https. */
export function readSites(text: string): Sites {
  const origins = new Set<string>();
  for (const word of text.split(/[\s,;]+/)) {
    if (word === '') continue;
    const origin = siteOf(word);
    if (origin === '') return { origins: [], bad: word };
    origins.add(origin);
  }
  return { origins: [...origins], bad: '' };
}

function siteOf(word: string): string {
  try {
    const { protocol, origin } = new URL(word.includes('://') ? word : `https://${word}`);
    return /^https?:$/.test(protocol) && origin.length <= MAX_SITE && !origin.includes('*') ? origin : '';
  } catch {
    return '';
  }
}
