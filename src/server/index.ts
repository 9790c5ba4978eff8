// Servers.
export type { AllowedOrigins } from './allowed-origins.ts';
export type { ClientInformation, ServerOptions, VerifyClientAsync, VerifyClientSync } from './options.ts';
export type { ShutdownOptions } from './shutdown.ts';
export type { UpgradeCallback } from './upgrade.ts';
export { type BroadcastOptions, WebSocketServer } from './websocket-server.ts';
