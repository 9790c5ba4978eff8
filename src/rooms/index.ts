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
export { MemoryBroker, type MemoryBrokerOptions } from './memory-broker.ts';
