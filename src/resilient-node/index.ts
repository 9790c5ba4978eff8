// `sluice/resilient` as Node finds it, by the condition `node` of the package: the same names, and WebSockets of our own client
// unless others are given.
export * from '../resilient/index.ts';
export { ResilientWebSocket } from './resilient-websocket.ts';
