// The face of `ws`: what stands behind `sluice` and `sluice/ws`.
export type { NegotiatedExtensions } from './extensions.ts';
export {
  type NegotiatedParameters,
  PerMessageDeflate,
  type PerMessageDeflateSettings,
  type WrittenParameters,
} from './permessage-deflate.ts';
export { Receiver, type ReceiverOptions } from './receiver.ts';
export { type FrameOptions, Sender, type SenderSendOptions } from './sender.ts';
export type {
  AddressInfo,
  BufferLike,
  CertMeta,
  ClientOptions,
  Data,
  Event,
  EventListenerOptions,
  FinishRequestCallback,
  PerMessageDeflateOptions,
  RawData,
  ServerOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
  WebSocketConstructor,
  WebSocketEventMap,
  WebSocketServerConstructor,
} from './shape.ts';
