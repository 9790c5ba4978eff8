// RFC 6455 §5.5 and §7: one endpoint of one connection, without I/O.
export { Connection } from './connection.ts';
export type { Compression, ConnectionHost, ConnectionOptions } from './connection-host.ts';
export { Keepalive, type Pace, Pulse } from './keepalive.ts';
export { type FastProducerPolicy, MessageRate, type RateLimit } from './message-rate.ts';
export { type Output, type SendCallback, sharedFrame } from './outbound.ts';
export type { ReadLater } from './queued-sends.ts';
export { after, mayClose, mayReceive, maySend, State, Transition } from './state.ts';
