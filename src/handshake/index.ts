// The opening handshake of RFC 6455 §4, both sides, without a socket: heads in, values out; values in, text out. A
// server asks isUpgrade, then readOpeningHandshake, and answers with acceptResponse or refusalResponse. A client sends
// clientRequest and judges the answer with readServerHandshake. Heads come from the parsers below or, by
// headOfIncomingMessage, from node:http.
export {
  Fields,
  type Finding,
  type HeadLimits,
  HeadProgress,
  type HttpRefusal,
  HttpRefusals,
  type Place,
  type RequestHead,
  RequestHeadParser,
  type ResponseHead,
  ResponseHeadParser,
} from '../http/index.ts';
export {
  type ExpectedAnswer,
  isHandshakeFailure,
  readServerHandshake,
  type ServerAnswer,
} from './client-handshake.ts';
export { type ClientRequest, clientRequest, isReservedRequestField } from './client-request.ts';
export {
  type Extension,
  ExtensionListFault,
  formatExtensions,
  isExtensionListFault,
  MAX_EXTENSION_PARAMETERS,
  MAX_EXTENSIONS,
  parseExtensions,
} from './extensions.ts';
export { type HandshakeFailure, HandshakeFailures } from './failure.ts';
export { HandshakeError, type RefusedHandshake } from './handshake-error.ts';
export { headOfIncomingMessage, type IncomingMessageLike } from './incoming-message.ts';
export { acceptKey, generateKey, isKey } from './key.ts';
export type { OutgoingHeaders } from './outgoing-headers.ts';
export { type HandshakeRefusal, HandshakeRefusals } from './refusal.ts';
export {
  type ClientOpening,
  isHandshakeRefusal,
  isUpgrade,
  readOpeningHandshake,
  WEBSOCKET_VERSION,
} from './server-handshake.ts';
export {
  type Acceptance,
  acceptResponse,
  type Rejection,
  refusalResponse,
  serializeResponse,
} from './server-response.ts';
export {
  formatSubprotocols,
  isSubprotocolListFault,
  parseSubprotocols,
  SubprotocolListFault,
  subprotocol,
} from './subprotocol.ts';
export type { UpgradeFields, UpgradeHead } from './upgrade-head.ts';
export { extension, type WsExtensionParameters, type WsExtensions, type WsExtensionsInput } from './ws-extension.ts';
