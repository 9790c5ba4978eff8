// The members of a room, over any dialect. Each must hear every message once, in order and whole. What the first of them hears
// is read to the last character; the others must hear the same bytes, or are read as well.
// @ts-check
import { connect } from 'node:net';
import { READ_SIZE, WrongReply } from '../replies.mjs';
import { DIALECTS } from './dialects.mjs';

const HOST = '127.0.0.1';
/** Openings under way. */
const AT_A_TIME = 64;

/** All connections read into the same memory: a read is dealt with before the next one begins. */
const sharedMemory = Buffer.allocUnsafeSlow(READ_SIZE);

/**
 * What some bytes say to whoever is between two messages.
 *
 * @typedef {object} Meaning
 * @property {Buffer} bytes
 * @property {number} first number of the first message
 * @property {number} count of messages
 * @property {Buffer | undefined} reply
 */

/**
 * One of them.
 *
 * @typedef {object} Member
 * @property {import('node:net').Socket} socket
 * @property {import('./dialects.mjs').Reading} reading
 * @property {number} next number of the message that it must hear next
 */

export class Audience {
  /** @type {Member[]} */
  members = [];
  #ports;
  #Reading;
  #messageOf;
  #onHeard;
  #onFailure;
  /** @type {Meaning | undefined} */
  #meaning = undefined;
  #isLeaving = false;

  /**
   * @param {object} options
   * @param {readonly number[]} options.ports of the instances, which get members in turn
   * @param {import('./dialects.mjs').DialectName} options.dialect
   * @param {(sequence: number) => import('../../peers/rooms/published.mjs').Published} options.messageOf what must be heard
   * @param {(count: number) => void} options.onHeard messages have come to a member, and were right
   * @param {(error: Error) => void} options.onFailure
   */
  constructor({ ports, dialect, messageOf, onHeard, onFailure }) {
    this.#ports = ports;
    this.#Reading = DIALECTS[dialect];
    this.#messageOf = messageOf;
    this.#onHeard = onHeard;
    this.#onFailure = onFailure;
  }

  /**
   * Lets people in until there are `count`.
   *
   * @param {number} count
   * @param {number} next number of the message that newcomers will hear first
   */
  async open(count, next) {
    let begun = this.members.length;
    const openOne = async () => {
      while (begun < count) await this.#enter(/** @type {number} */ (this.#ports[begun++ % this.#ports.length]), next);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, openOne));
  }

  /** Sends them away. */
  async close() {
    this.#isLeaving = true;
    const closed = this.members.map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
    for (const { socket } of this.members) socket.destroy();
    await Promise.all(closed);
  }

  /**
   * @param {number} port
   * @param {number} next
   * @returns {Promise<void>} when the server has let them in
   */
  #enter(port, next) {
    return new Promise((resolve) => {
      const reading = new this.#Reading(port);
      const socket = connect({
        host: HOST,
        port,
        noDelay: true,
        onread: {
          buffer: sharedMemory,
          callback: (length) => {
            const isNew = !reading.isReady;
            try {
              this.#receive(member, sharedMemory.subarray(0, length));
            } catch (error) {
              this.#onFailure(/** @type {Error} */ (error));
            }
            if (isNew && reading.isReady) {
              this.members.push(member);
              resolve();
            }
            return true;
          },
        },
      });
      const member = { socket, reading, next };
      socket.on('connect', () => socket.write(reading.request));
      socket.on('error', () => {});
      socket.on('close', () => {
        if (!this.#isLeaving) this.#onFailure(new Error('the server closed the connection of a member'));
      });
    });
  }

  /**
   * @param {Member} member
   * @param {Buffer} bytes
   */
  #receive(member, bytes) {
    const { reading, socket } = member;
    const wasBetween = reading.isBetween;
    if (wasBetween && this.#meaning?.bytes.equals(bytes)) {
      this.#hear(member, this.#meaning);
      return;
    }
    const reply = reading.read(bytes);
    const { messages } = reading;
    for (const [index, message] of messages.entries()) this.#check(message, member.next + index);
    const meaning = { bytes, first: member.next, count: messages.length, reply };
    if (messages.length > 0 && wasBetween && reading.isBetween)
      this.#meaning = { ...meaning, bytes: Buffer.from(bytes) };
    if (messages.length > 0) this.#hear(member, meaning);
    else if (reply !== undefined) socket.write(reply);
  }

  /**
   * @param {Member} member
   * @param {Meaning} meaning
   */
  #hear(member, { first, count, reply }) {
    if (first !== member.next) throw new WrongReply(`a member heard message ${first}, expected ${member.next}`);
    member.next += count;
    if (reply !== undefined) member.socket.write(reply);
    this.#onHeard(count);
  }

  /**
   * @param {import('./dialects.mjs').Heard} heard
   * @param {number} sequence
   */
  #check(heard, sequence) {
    if (heard.sequence !== sequence)
      throw new WrongReply(`a member heard message ${heard.sequence}, expected ${sequence}`);
    const { type, text } = this.#messageOf(sequence);
    if (heard.type !== type || heard.text !== text)
      throw new WrongReply(`message ${sequence} says ${JSON.stringify(heard)}`);
  }
}
