/**
 * The room's page in a frame of another site: that site may mute, unmute, hang up, and hear how many there are
 * (docs/embedding.md). Loaded only when there is a window around the page. port.ts has the rules.
 */
import { effect } from '@preact/signals';
import { devices, deviceTick, ended, route, session, type Route } from '../store/app';
import { getRoom } from '../store/api';
import { NOWHERE, Port, type Call, type Look } from './port';

/**
 * Whether the page may go from one address to another without asking the server, who alone decides which pages may be framed
 * by whom. The start page has nothing to click by mistake.
 */
export function staysFramed(to: Route, names: readonly string[]): boolean {
  return to.page === 'home' || to.page === 'room' && names.includes(to.name);
}

function look(): Look {
  void deviceTick.value;
  const s = session.value;
  const end = ended.value;
  if (!s) return { ...NOWHERE, end: end && { reason: end.reason, code: end.code } };
  const m = s.meeting.value;
  const phase = s.phase.value;
  // A line that breaks and comes back is nothing that a site need know: one keeps the seat.
  const joined = m.me !== '' && (phase === 'joined' || phase === 'reconnecting');
  return { joined, count: m.members.size, mic: devices.micOn, camera: devices.cameraOn, hand: s.hand.value, end: null };
}

function act(call: Call): void {
  const s = session.value;
  if (call.call === 'hangup') return s?.leave();
  if (s) return void s.toggle(call.call, call.on);
  // Before one sits down it is the preview that is switched; after that there is nothing to switch.
  if (!ended.value && route.value.page === 'room') void devices.set(call.call, call.on);
}

/** Obeys the window around, if it is one of the room's sites. */
export async function openPort(): Promise<void> {
  const first = route.value;
  if (first.page !== 'room') return;
  const names = [first.name];
  effect(() => {
    if (!staysFramed(route.value, names)) location.reload();
  });
  const { room, origins } = await getRoom(first.name);
  names.push(room.name); // whose address may be put in the place of what was typed
  const around = { parent: window.parent, origin: location.ancestorOrigins?.[0] };
  const port = new Port(around, origins ?? [], act);
  addEventListener('message', (e) => port.hear(e));
  let seated = NOWHERE;
  effect(() => {
    const now = look();
    // On the way into a small group and back there is no seat for a moment, but no end either.
    const between = session.value !== null && !now.joined && seated.joined;
    seated = between ? seated : now;
    port.look(seated);
  });
  port.knock();
}
