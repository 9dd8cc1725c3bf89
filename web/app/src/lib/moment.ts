/** Times between the server, which writes them as RFC 3339, and <input type="datetime-local">, which has the local zone's. */

/** How the server writes no time at all. */
export const NEVER = '0001-01-01T00:00:00Z';

/** A time as the input has it; '' for none. */
export function local(rfc: string | undefined): string {
  if (!rfc || rfc === NEVER) return '';
  const at = new Date(rfc);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
