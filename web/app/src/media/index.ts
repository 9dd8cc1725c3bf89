/**
 * The media client. Framework-free: nothing in this folder knows of Preact, pages or languages.
 *
 *   client.ts   the face: join, leave, tracks, hand, chat, demand; events for everything else. Read it first.
 *   socket.ts   the WebSocket that comes back · backoff.ts when · wire.ts what it carries
 *   peer.ts     the PeerConnection: sections, slots, negotiation · watch.ts when it is repaired · sdp.ts what is tuned
 *   book.ts     which source is in which slot · frames.ts from which frame on
 *   demand.ts   what the page shows, in order · devices.ts, levels.ts microphone and camera · stats.ts, journal.ts figures and faults
 *
 *   const client = new MeetingClient({ url: 'wss://host/ws/room/lunch', name: 'Ada' });
 *   client.on('slots', () => box.replaceChildren(client.video(member, 'camera') ?? ''));
 *   client.join();
 *   client.setMic(track, true);
 *   client.demand([{ id: member, kind: 'camera', height: 360 }]);
 */
export { MeetingClient, type ClientEvents, type ClientOptions, type Move, type Phase } from './client';
export { DemandWatcher, Rank } from './demand';
export { Devices, type Choice, type Device, type Failure, type Picker, type Problem } from './devices';
export { checkLine, type Line } from './line';
export { MutedSpeech, playTestSound, watchLevel } from './levels';
export type { Entry } from './journal';
export type { MediaStats } from './stats';
export type { Group, Link, Order, Poll, RoomNews, RoomSettings, Waiter } from './wire-room';
export { REACTIONS, type Args, type Chat, type IceServer, type Limit, type Member, type OwnLine, type Quality, type Role, type RoomInfo, type ServerMessage, type VideoKind } from './wire';
