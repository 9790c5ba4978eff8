// Servers.
export { type AddressCounts, isRejection, type Lease, NO_LEASE } from './address-limits.ts';
export { type AddressRate, AddressRates } from './address-rate.ts';
export { type AllowedOrigins, OriginGate } from './allowed-origins.ts';
export {
  AuthenticationError,
  type AuthenticationErrorOptions,
  type AuthenticationFailure,
} from './authentication-error.ts';
export { expiryOf } from './expiry.ts';
export {
  type Authenticate,
  FirstMessageDefaults,
  type FirstMessageOptions,
  type Nobody,
  requireFirstMessage,
} from './first-message.ts';
export type { ClientInformation, ServerOptions, VerifyClientAsync, VerifyClientSync } from './options.ts';
export type { ShutdownOptions } from './shutdown.ts';
export type { UpgradeCallback } from './upgrade.ts';
export { type BroadcastOptions, WebSocketServer } from './websocket-server.ts';
