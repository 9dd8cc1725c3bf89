// What a page must not do: complain on the console, or talk to anybody but its own server.

// What browsers themselves write when the server is away; no page can prevent it.
const SERVER_AWAY = [
  /WebSocket connection to .* failed/, /net::ERR_CONNECTION_REFUSED/, /can.t establish a connection to the server at ws/,
  /The connection to ws.* was interrupted/, /NetworkError when attempting to fetch/,
];

/** The console errors that nothing excuses. */
export function unexpectedErrors(visitor, { serverWasDown = false } = {}) {
  return visitor.errors.filter((e) => !serverWasDown || !SERVER_AWAY.some((p) => p.test(e)));
}

/** Requests to other hosts: those the browser reported, and those the page's own resource timing knows of. */
export async function foreignRequests(visitor) {
  const timed = await visitor.evaluate(() => performance.getEntriesByType('resource').map((r) => r.name));
  const own = new URL(visitor.origin).host;
  return [...visitor.requests, ...timed].filter((url) => {
    if (/^(data|blob|about):/.test(url)) return false;
    return new URL(url).host !== own;
  });
}
