/**
 * How this device reaches the server, before anybody joins: one short try for each way to the relay, which is open on the
 * same machine by the same ways. Each try is a PeerConnection that only gathers; nothing is sent to anybody but the server.
 */
import type { IceServer } from './wire';

export type Line = 'udp' | 'tcp' | 'relayed' | 'none';

/** How long a way may take to show that it is open: a TLS handshake over a thin line, on a slow device that starts its camera. */
const PATIENCE_MS = 20_000;

type Way = Exclude<Line, 'none'>;
/** Best first. */
const WAYS: readonly { way: Way; fits: RegExp }[] = [
  { way: 'udp', fits: /^turn:.*transport=udp$/ },
  { way: 'tcp', fits: /^turn:.*transport=tcp$/ },
  { way: 'relayed', fits: /^turns:/ },
];

/** Says whether one URL leads to a relayed connection. */
function open(server: IceServer, url: string, make: (c: RTCConfiguration) => RTCPeerConnection): Promise<boolean> {
  return new Promise((resolve) => {
    const pc = make({ iceServers: [{ urls: url, username: server.username, credential: server.credential }], iceTransportPolicy: 'relay' });
    const done = (found: boolean): void => {
      clearTimeout(late);
      pc.onicecandidate = null;
      pc.close();
      resolve(found);
    };
    const late = setTimeout(() => done(false), PATIENCE_MS);
    pc.onicecandidate = (e) => {
      // null, or an empty candidate in some browsers, ends the gathering.
      if (!e.candidate?.candidate) done(false);
      else if (e.candidate.candidate.includes(' typ relay')) done(true);
    };
    pc.createDataChannel('line');
    pc.createOffer().then((o) => pc.setLocalDescription(o)).catch(() => done(false));
  });
}

/** The best way that is open; null when the server offers nothing to try with. */
export async function checkLine(ice: readonly IceServer[], make = (c: RTCConfiguration) => new RTCPeerConnection(c)): Promise<Line | null> {
  const tries: { way: Way; found: Promise<boolean> }[] = [];
  for (const { way, fits } of WAYS) {
    for (const server of ice) {
      const url = server.urls.find((u) => fits.test(u));
      if (url) tries.push({ way, found: open(server, url, make) });
    }
  }
  if (tries.length === 0) return null;
  for (const { way, found } of tries) if (await found) return way;
  return 'none';
}
