// Servers.
export type { AllowedOrigins } from './allowed-origins.ts';
export type { ClientInformation, ServerOptions, VerifyClientAsync, VerifyClientSync } from './options.ts';
export type { ShutdownOptions } from './shutdown.ts';
export { type BroadcastOptions, type UpgradeCallback, WebSocketServer } from './websocket-server.ts';
