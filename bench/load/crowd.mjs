// Many connections to one server, opened a few at a time. The first one sends a round and learns the replies; from then on
// every byte that comes to any of them is checked. The first thing that goes wrong is kept, and told at the next occasion.
// @ts-check
import { Connection } from './connection.mjs';
import { clientFrame, Opcode } from './frames.mjs';
import { roundOf } from './messages.mjs';
import { learnReplies, ReplyStream } from './replies.mjs';
import { Requests } from './requests.mjs';

/** Any will do. */
const PONG_KEY = 0x5a17_c0de;

/** Openings under way: below what a server's backlog takes. */
const AT_A_TIME = 128;

/**
 * One of the crowd.
 *
 * @typedef {object} Member
 * @property {Connection} connection
 * @property {ReplyStream} stream
 * @property {number} next which message of the round it sends next
 * @property {Float64Array} sentAt when each message under way was sent (ms)
 * @property {number} oldest index of the oldest of them
 */

/**
 * @typedef {object} LoadSettings
 * @property {import('./connection.mjs').Peer} peer
 * @property {import('../rows.mjs').Row} row
 */

export class Crowd {
  /** @type {Member[]} */
  members = [];
  requests;
  #settings;
  #round;
  #onReplies;
  /** @type {import('./replies.mjs').Replies | undefined} */
  #replies = undefined;
  /** @type {Map<Connection, Member>} */
  #memberOf = new Map();
  /** @type {Error | undefined} */
  #failure = undefined;
  #onFailure = () => {};
  #leaving = false;
  /** Replies to the first round, which were read frame by frame. */
  learnt = 0;

  /**
   * @param {LoadSettings} settings
   * @param {(member: Member, count: number) => void} onReplies replies have come, and were right
   */
  constructor(settings, onReplies) {
    this.#settings = settings;
    this.#onReplies = onReplies;
    this.#round = roundOf(settings.row);
    this.requests = new Requests(this.#round.frames, Math.max(settings.row.depth, this.#round.frames.length));
  }

  /** @throws the first failure of a connection, if there was one */
  check() {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * What `work` promises, or the first failure of a connection.
   *
   * @template T
   * @param {Promise<T>} work
   * @returns {Promise<T>}
   */
  orFailure(work) {
    this.check();
    return Promise.race([
      work,
      new Promise((_, reject) => {
        this.#onFailure = () => reject(this.#failure);
      }),
    ]);
  }

  /**
   * Opens connections until there are `count`.
   *
   * @param {number} count
   */
  async open(count) {
    if (this.members.length === 0) await this.orFailure(this.#openFirst());
    const openOne = async () => {
      while (this.members.length + underWay < count) {
        underWay++;
        await this.#openNext();
        underWay--;
      }
    };
    let underWay = 0;
    await this.orFailure(Promise.all(Array.from({ length: AT_A_TIME }, openOne)));
  }

  /** Closes all connections without a word. */
  async close() {
    this.#leaving = true;
    const closed = this.members.map(
      ({ connection: { socket } }) =>
        new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.once('close', resolve))),
    );
    for (const { connection } of this.members) connection.socket.destroy();
    await Promise.all(closed);
  }

  /** Sends a round, and learns from the replies. */
  #openFirst() {
    const { row, peer } = this.#settings;
    const { payloads, opcode, frames } = this.#round;
    const expectation = {
      payloads: payloads.flatMap((payload) => Array.from({ length: row.burst }, () => payload)),
      opcode,
      compressed: row.compression !== 'none',
      takeover: false,
      verbatim: peer.verbatim,
    };
    let bytes = Buffer.alloc(0);
    return new Promise((resolve) => {
      new Connection(peer, row.compression, {
        onOpen: ({ socket, takeover }) => {
          expectation.takeover = takeover;
          socket.write(this.requests.slice(0, frames.length));
        },
        onBytes: (connection, chunk, length) => {
          if (this.#replies !== undefined) {
            this.#receive(connection, chunk, length);
            return;
          }
          bytes = Buffer.concat([bytes, chunk.subarray(0, length)]);
          this.#replies = learnReplies(bytes, expectation);
          if (this.#replies === undefined) return;
          this.learnt = this.#replies.ends.length;
          resolve(this.#enter(connection, this.#replies));
        },
        onClose: (connection, error) => this.#left(connection, error),
      });
    });
  }

  #openNext() {
    const { row, peer } = this.#settings;
    const replies = /** @type {import('./replies.mjs').Replies} */ (this.#replies);
    return new Promise((resolve) => {
      new Connection(peer, row.compression, {
        onOpen: (connection) => resolve(this.#enter(connection, replies)),
        onBytes: (connection, chunk, length) => this.#receive(connection, chunk, length),
        onClose: (connection, error) => this.#left(connection, error),
      });
    });
  }

  /**
   * @param {Connection} connection
   * @param {import('./replies.mjs').Replies} replies
   */
  #enter(connection, replies) {
    const { depth } = this.#settings.row;
    const member = {
      connection,
      stream: new ReplyStream(replies),
      next: 0,
      sentAt: new Float64Array(depth),
      oldest: 0,
    };
    this.members.push(member);
    this.#memberOf.set(connection, member);
  }

  /**
   * @param {Connection} connection
   * @param {Buffer} chunk
   * @param {number} length
   */
  #receive(connection, chunk, length) {
    const member = /** @type {Member} */ (this.#memberOf.get(connection));
    const count = member.stream.receive(chunk, length);
    for (const ping of member.stream.takePings()) connection.socket.write(clientFrame(Opcode.Pong, ping, PONG_KEY));
    if (count > 0) this.#onReplies(member, count);
  }

  /**
   * @param {Connection} _
   * @param {Error | undefined} error
   */
  #left(_, error) {
    if (this.#leaving) return;
    this.#failure ??= error ?? new Error('the server closed a connection in the middle of the row');
    this.#onFailure();
  }
}
