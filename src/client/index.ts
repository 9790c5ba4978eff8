// Clients. Loading this makes `new WebSocket(url)` work.

export { HandshakeError } from '../handshake/index.ts';
export { clientDialer } from './dialer.ts';
export type { GenerateMask } from './masking.ts';
export type { ClientOptions } from './options.ts';
export { HandshakeRequest, type HeaderValue } from './request.ts';
export { HandshakeResponse } from './response.ts';
export type { ClientAgent, ConnectionRequest, ProxyAgent, SocketMaker } from './socket-source.ts';
