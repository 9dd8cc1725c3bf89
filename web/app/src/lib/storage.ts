/**
 * What the page remembers, under `tablee.` names. A browser may refuse storage altogether (private windows, policy);
 * then nothing is remembered and everything else works.
 */
/** Where one goes after logging in, for this window. */
export const AFTER = 'after';

type Where = 'local' | 'session';

function area(where: Where): Storage | null {
  try {
    return where === 'local' ? globalThis.localStorage ?? null : globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

export function read(key: string, where: Where = 'local'): string | null {
  try {
    return area(where)?.getItem(`tablee.${key}`) ?? null;
  } catch {
    return null;
  }
}

/** Writes, or forgets when the value is null. */
export function write(key: string, value: string | null, where: Where = 'local'): void {
  try {
    if (value === null) area(where)?.removeItem(`tablee.${key}`);
    else area(where)?.setItem(`tablee.${key}`, value);
  } catch {
    // Full or forbidden: the choice lasts as long as the page.
  }
}

export function readJSON<T>(key: string, where: Where = 'local'): T | null {
  try {
    const text = read(key, where);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}
