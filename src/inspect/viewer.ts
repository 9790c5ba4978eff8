// Shows one connection to somebody who watches it over a second one: each piece taken apart, as JSON, at the rate at which
// the watcher reads; what he cannot keep up with is skipped, and he sees that it was. The watching connection is never shown.
//
//   ← {type:'ENTRY', index, author, time, bytes, payload, kind, title, summary, length, complete, fields, breach}
//   ← {type:'STATE', rtt, bufferedAmount}      → {type:'PING'}: a Ping on the connection that is watched
//   ← {type:'CLOSED', code, reason}            and then the end
import { randomBytes } from 'node:crypto';
import { CloseCode } from '../frame/index.ts';
import { WebSocket } from '../websocket/index.ts';
import { type Context, dissectPiece } from './dissect.ts';
import type { Entry, Recording } from './recording.ts';

/** A connection that is watched. */
export interface Subject {
  readonly recording: Recording;
  readonly websocket: WebSocket;
  readonly context: Context;
}

/** Bytes that tell our Ping from those of the heartbeat. */
const PING_LENGTH = 8;

/** One watcher of one connection. */
export class Viewer {
  readonly #watcher: WebSocket;
  readonly #subject: Subject;
  readonly #now: () => number;
  /** The index of the next entry to be shown. */
  #position: number;
  /** The watcher has room. */
  #ready = true;
  #pumping = false;
  #ping: { readonly payload: Buffer; readonly sent: number } | undefined = undefined;
  #rtt: number | undefined = undefined;
  #shownState = '';
  #closed: { readonly code: number; readonly reason: string } | undefined = undefined;

  /** @param now steady milliseconds. */
  constructor(watcher: WebSocket, subject: Subject, now: () => number) {
    this.#watcher = watcher;
    this.#subject = subject;
    this.#now = now;
    this.#position = subject.recording.first;
    this.#rtt = subject.websocket.rtt;
    const { websocket } = subject;
    const unlisten = subject.recording.listen(() => this.#schedule());
    const onPong = (data: Buffer): void => this.#onPong(data);
    const onClosed = (code: number, reason: Buffer): void => this.#onSubjectClosed(code, reason.toString('utf8'));
    websocket.on('pong', onPong);
    websocket.on('close', onClosed);
    watcher.on('message', (data: Buffer, isBinary: boolean) => this.#onMessage(data, isBinary));
    watcher.on('drain', () => {
      this.#ready = true;
      this.#pump();
    });
    watcher.on('close', () => {
      unlisten();
      websocket.off('pong', onPong);
      websocket.off('close', onClosed);
    });
    this.#showState();
    this.#schedule();
  }

  /** In a microtask of its own: an entry is recorded while the other connection is in the middle of a write. */
  #schedule(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    const { recording } = this.#subject;
    while (this.#ready && this.#position < recording.next) {
      this.#position = Math.max(this.#position, recording.first);
      this.#show(recording.at(this.#position++) as Entry);
    }
    if (this.#ready) this.#showState();
    if (this.#ready && this.#closed !== undefined) this.#end(this.#closed);
  }

  #show(entry: Entry): void {
    const dissection = dissectPiece(entry, { ...this.#subject.context, author: entry.author });
    const { payload } = dissection;
    this.#send({
      type: 'ENTRY',
      index: entry.index,
      time: entry.time,
      bytes: entry.bytes.toString('hex'),
      ...dissection,
      payload: payload && { offset: payload.offset, unmasked: payload.unmasked.toString('hex') },
    });
  }

  /** Says it again only when it has changed. */
  #showState(): void {
    const { bufferedAmount } = this.#subject.websocket;
    const state = JSON.stringify({ type: 'STATE', rtt: this.#rtt, bufferedAmount });
    if (state === this.#shownState) return;
    this.#shownState = state;
    if (!this.#watcher.send(state)) this.#ready = false;
  }

  #send(message: object): void {
    if (!this.#watcher.send(JSON.stringify(message))) this.#ready = false;
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (isBinary || data.toString('utf8') !== '{"type":"PING"}') {
      this.#watcher.close(CloseCode.PolicyViolation, 'expected {"type":"PING"}');
      return;
    }
    const { websocket } = this.#subject;
    // One at a time: the answer to the first is still the freshest there is.
    if (this.#ping !== undefined || websocket.readyState !== WebSocket.OPEN) return;
    this.#ping = { payload: randomBytes(PING_LENGTH), sent: this.#now() };
    websocket.ping(this.#ping.payload);
  }

  #onPong(data: Buffer): void {
    if (this.#ping?.payload.equals(data)) {
      this.#rtt = this.#now() - this.#ping.sent;
      this.#ping = undefined;
    } else {
      this.#rtt = this.#subject.websocket.rtt ?? this.#rtt;
    }
    this.#showState();
  }

  #onSubjectClosed(code: number, reason: string): void {
    this.#closed = { code, reason };
    this.#schedule();
  }

  #end({ code, reason }: { readonly code: number; readonly reason: string }): void {
    this.#closed = undefined;
    this.#send({ type: 'CLOSED', code, reason });
    this.#watcher.close(CloseCode.NormalClosure, 'the connection that was watched is closed');
  }
}
