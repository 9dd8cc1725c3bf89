/** Addresses of the places of /files. */
import type { Place } from './api';

/** The part of the address after /files/; '' is one's own. */
export function placePath(p: Place): string {
  if (p.kind === 'home') return '';
  if (p.kind === 'shared') return `shared/${p.folder ?? ''}`;
  return p.kind === 'team' ? 'team' : `group/${p.base.split('/').at(-1) ?? ''}`;
}
