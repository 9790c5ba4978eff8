// HTTP/1.1 as far as an endpoint of WebSocket needs it: heads to meaning and back, bodies of responses.
export { isAuthority, MAX_HOST_LENGTH } from './authority.ts';
export { BodyProgress, type FramingHead, ResponseBodyDecoder } from './body.ts';
export {
  type BodyLimits,
  type BodySink,
  DEFAULT_MAX_CHUNK_EXTENSIONS_SIZE,
  DEFAULT_MAX_TRAILERS_COUNT,
  DEFAULT_MAX_TRAILERS_SIZE,
} from './chunked.ts';
export { FieldValueCursor, isToken, listHas, readTokenList } from './field-value.ts';
export { checkFieldName, checkFieldValue, Fields, serializeFields } from './fields.ts';
export {
  DEFAULT_MAX_HEADER_SIZE,
  DEFAULT_MAX_HEADERS_COUNT,
  type HeadLimits,
  HeadProgress,
  type MessageHead,
  type RequestHead,
  RequestHeadParser,
  type ResponseHead,
  ResponseHeadParser,
} from './head.ts';
export { type Finding, fieldLine, findPlace, type Place, startLinePart } from './place.ts';
export { type HttpRefusal, HttpRefusals } from './refusal.ts';
export { MAX_METHOD_LENGTH } from './request-line.ts';
export { type RequestTarget, readRequestTarget, TargetForm } from './request-target.ts';
export { reasonPhrase } from './status-text.ts';
