// The I/O line: sockets, what waits to leave through them, and the time.
export { AddressSet, foldAddress, isAddress } from './address-set.ts';
export { Clock, clock, type Timed, type TimeSource } from './clock.ts';
export {
  connectPlain,
  connectSecure,
  type DialOptions,
  type DialTarget,
  type SocketOptions,
  socketOptions,
} from './dial.ts';
export { ignoreErrors } from './ignore-errors.ts';
export { createListener, type ListenOptions, type Server, type Socket, type TlsOptions } from './listener.ts';
export { Outbox, type OutboxOwner } from './outbox.ts';
export { refuse } from './refuse.ts';
export { Transport, type TransportHandler } from './transport.ts';
