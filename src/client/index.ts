// Clients. Loading this makes `new WebSocket(url)` work.
export { clientDialer } from './dialer.ts';
export { HandshakeError } from './handshake-error.ts';
export type { GenerateMask } from './masking.ts';
export type { ClientOptions } from './options.ts';
export { HandshakeRequest, type HeaderValue } from './request.ts';
export { HandshakeResponse } from './response.ts';
export type { ClientAgent, ConnectionRequest, ProxyAgent, SocketMaker } from './socket-source.ts';
