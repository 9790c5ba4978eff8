// The I/O line: sockets, what waits to leave through them, and the time.
export { AddressSet, foldAddress, isAddress } from './address-set.ts';
export { Backlog, COST_OF_WAITING, type WaitingMessage } from './backlog.ts';
export { Clock, clock, type Timed, type TimeSource } from './clock.ts';
export { Departure } from './departure.ts';
export {
  connectPlain,
  connectSecure,
  type DialOptions,
  type DialTarget,
  type SocketOptions,
  socketOptions,
} from './dial.ts';
export { type Flushable, flushSoon } from './flush-soon.ts';
export { FrameRun } from './frame-run.ts';
export { createListener, type ListenOptions, type Server, type Socket, type TlsOptions } from './listener.ts';
export { Outbox } from './outbox.ts';
export type { OutboxOwner } from './outbox-owner.ts';
export { refuse } from './refuse.ts';
export { giveAway, ignoreErrors, own, release, type SocketOwner } from './socket-owner.ts';
export { adopt, isAdopted, isDeferred, Transport, type TransportHandler } from './transport.ts';
