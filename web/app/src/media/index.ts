/** The media client. Framework-free: nothing in this folder knows of Preact, pages or languages. */
export { MeetingClient, type ClientEvents, type ClientOptions, type Phase } from './client';
export { DemandWatcher, Rank } from './demand';
export { Devices, type Choice, type Device, type Failure, type Picker, type Problem } from './devices';
export { MutedSpeech, playTestSound, watchLevel } from './levels';
export type { MediaStats } from './stats';
export { REACTIONS, type Chat, type Member, type Role, type RoomInfo, type ServerMessage, type VideoKind } from './wire';
