// addEventListener() and the on… properties of the WHATWG WebSocket API, over Node's EventEmitter. A listener is wrapped
// once, in a function that makes the event object; who listens with on() never pays for one.
import { EventEmitter } from 'node:events';
import {
  CloseEvent,
  ErrorEvent,
  type EventListener,
  type EventType,
  MessageEvent,
  WebSocketEvent,
  type WebSocketEventMap,
} from './events.ts';

const LISTENER = Symbol('listener');
const IS_PROPERTY = Symbol('is an on… property');

interface Wrapper {
  (...values: unknown[]): void;
  [LISTENER]?: unknown;
  [IS_PROPERTY]?: boolean;
}

/** Says that the `close` event of `target` is a clean one. */
export let markCleanlyClosed: (target: WebSocketEventTarget) => void;
let wasCleanlyClosed: (target: WebSocketEventTarget) => boolean;

/** A method's type, for only those let a class that extends another be used in its place when `Target` is `this`. */
type Handler<Type extends EventType, Target> =
  | { handle(event: WebSocketEventMap<Target>[Type]): void }['handle']
  | null;

/** Both ways to listen in one. */
export class WebSocketEventTarget extends EventEmitter {
  /** Whether the closing handshake was complete: what `CloseEvent.wasClean` says. */
  #wasClean = false;

  static {
    markCleanlyClosed = (target) => {
      target.#wasClean = true;
    };
    wasCleanlyClosed = (target) => target.#wasClean;
  }

  /** Listens to `open`, `message`, `close` or `error`; other types are ignored, as `ws` does. The second time: nothing. */
  addEventListener<Type extends EventType>(
    type: Type,
    listener: EventListener<Type, this>,
    options: { once?: boolean | undefined } = {},
  ): void {
    if (!isEventType(type) || find(this, type, listener, false) !== undefined) return;
    add(this, type, listener, options.once === true, false);
  }

  removeEventListener<Type extends EventType>(type: Type, listener: EventListener<Type, this>): void {
    const wrapper = isEventType(type) ? find(this, type, listener, false) : undefined;
    if (wrapper !== undefined) this.removeListener(type, wrapper);
  }

  get onopen(): Handler<'open', this> {
    return property(this, 'open') as Handler<'open', this>;
  }
  set onopen(handler: Handler<'open', this>) {
    setProperty(this, 'open', handler);
  }

  get onmessage(): Handler<'message', this> {
    return property(this, 'message') as Handler<'message', this>;
  }
  set onmessage(handler: Handler<'message', this>) {
    setProperty(this, 'message', handler);
  }

  get onclose(): Handler<'close', this> {
    return property(this, 'close') as Handler<'close', this>;
  }
  set onclose(handler: Handler<'close', this>) {
    setProperty(this, 'close', handler);
  }

  get onerror(): Handler<'error', this> {
    return property(this, 'error') as Handler<'error', this>;
  }
  set onerror(handler: Handler<'error', this>) {
    setProperty(this, 'error', handler);
  }
}

function isEventType(type: string): type is EventType {
  return type === 'open' || type === 'message' || type === 'close' || type === 'error';
}

function add(
  target: WebSocketEventTarget,
  type: EventType,
  listener: unknown,
  once: boolean,
  isProperty: boolean,
): void {
  const wrapper = wrap(target, type, listener);
  wrapper[LISTENER] = listener;
  wrapper[IS_PROPERTY] = isProperty;
  if (once) target.once(type, wrapper);
  else target.on(type, wrapper);
}

/** The wrapper of `listener`, or of whatever listener the on… property holds. */
function find(
  target: WebSocketEventTarget,
  type: EventType,
  listener: unknown,
  isProperty: boolean,
): Wrapper | undefined {
  // listeners() gives what once() was given, not what it makes of it.
  return (target.listeners(type) as Wrapper[]).find(
    (wrapper) => wrapper[IS_PROPERTY] === isProperty && (isProperty || wrapper[LISTENER] === listener),
  );
}

function property(target: WebSocketEventTarget, type: EventType): unknown {
  return find(target, type, undefined, true)?.[LISTENER] ?? null;
}

function setProperty(target: WebSocketEventTarget, type: EventType, handler: unknown): void {
  const before = find(target, type, undefined, true);
  if (before !== undefined) target.removeListener(type, before);
  if (typeof handler === 'function') add(target, type, handler, false, true);
}

function wrap(target: WebSocketEventTarget, type: EventType, listener: unknown): Wrapper {
  switch (type) {
    case 'open':
      return () => call(listener, target, new WebSocketEvent(type, target));
    case 'message':
      return (data, isBinary) =>
        call(listener, target, new MessageEvent(type, target, isBinary === true ? data : String(data)));
    case 'close':
      return (code, reason) =>
        call(listener, target, new CloseEvent(type, target, code as number, String(reason), wasCleanlyClosed(target)));
    case 'error':
      return (error) => call(listener, target, new ErrorEvent(type, target, error as Error));
  }
}

function call(listener: unknown, target: WebSocketEventTarget, event: WebSocketEvent): void {
  if (typeof listener === 'function') listener.call(target, event);
  else (listener as { handleEvent(event: WebSocketEvent): void }).handleEvent(event);
}
