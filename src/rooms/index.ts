// Rooms: one ordered log each, read over WebSocket, Server-Sent Events and long polling. Public as `sluice/rooms`.
export {
  type AppendOptions,
  type Broker,
  BrokerError,
  BrokerFault,
  type BrokerListener,
  type BrokerStatus,
  type LogEvent,
  type LogPage,
  type Position,
  type Presence,
} from './broker.ts';
export { formatId, parseId } from './event-id.ts';
export type { JoinOptions } from './join-options.ts';
export type { Deliveries, MembershipEnd, RoomMembership } from './member.ts';
export { MemoryBroker, MemoryBrokerDefaults, type MemoryBrokerOptions } from './memory-broker.ts';
export type { PublishOptions } from './publish.ts';
export type { RoomEventStreamOptions, RoomPollOptions } from './requests.ts';
export { RoomError, type RoomErrorCode } from './room-error.ts';
export { type PresentMember, Rooms } from './rooms.ts';
export {
  type AuthorizationQuestion,
  type Authorize,
  type RoomAction,
  RoomsDefaults,
  type RoomsOptions,
} from './rooms-options.ts';
