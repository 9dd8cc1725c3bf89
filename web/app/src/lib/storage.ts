/**
 * What the page remembers, under `tablee.` names. A browser may refuse storage altogether (private windows, policy);
 * then nothing is remembered and everything else works. In a frame of another site that is common: what belongs to the tab
 * (such as the token by which one came) lasts as long as the page then.
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

const kept = new Map<string, string>();

export function read(key: string, where: Where = 'local'): string | null {
  try {
    const found = area(where)?.getItem(`tablee.${key}`);
    return found ?? (where === 'session' ? kept.get(key) : undefined) ?? null;
  } catch {
    return (where === 'session' ? kept.get(key) : undefined) ?? null;
  }
}

/** Writes, or forgets when the value is null. */
export function write(key: string, value: string | null, where: Where = 'local'): void {
  if (where === 'session') kept.delete(key);
  try {
    if (value === null) area(where)?.removeItem(`tablee.${key}`);
    else area(where)?.setItem(`tablee.${key}`, value);
  } catch {
    // Full or forbidden: the choice lasts as long as the page.
    if (where === 'session' && value !== null) kept.set(key, value);
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
