// Statements about the end of a connection: RFC 6455 §5.5.1 and §7, both roles. Who says Close when, what may follow, and
// who is told.
import { describe, expect, test } from 'vitest';
import { type ConnectionOptions, State } from '../../src/connection/index.ts';
import { closeBody, Violations } from '../../src/frame/index.ts';
import { PreparedMessage } from '../../src/message/index.ts';
import { hex } from '../frame/slow-frames.ts';
import { cuttingsOf } from '../http/cuttings.ts';
import { FakeInflater } from '../message/fake-inflater.ts';
import { FakeDeflater } from './fake-deflater.ts';
import { Callbacks, ConnectionRecorder, close, ping, pong, ROLES, SERVER, text } from './record.ts';

const LONG = 'long enough to be compressed';
const CLOSING = 'the connection is closing: nothing more can be sent (RFC 6455 §5.5.1)';

/** A connection whose compressed messages wait until the deflater is told to finish. */
function withSlowDeflater(options: ConnectionOptions = SERVER) {
  const deflater = new FakeDeflater();
  deflater.slow = true;
  return { deflater, recorder: new ConnectionRecorder(options, { deflater: deflater.asDeflater }) };
}

describe.each(ROLES)('the closing handshake of %s', (_, options) => {
  // RFC 6455 §5.5.1(e)(f)
  test('begun by the peer is answered with the same code and reason, and is complete (§5.5.1)', () => {
    const recorder = new ConnectionRecorder(options);
    recorder.receive(close(4001, 'göne'));
    expect(recorder.events).toEqual([['close', 4001, 'göne'], ['complete']]);
    expect(recorder.output.lines).toEqual(['Close 4001 "göne"']);
    expect(recorder.connection.state).toBe(State.Complete);
  });

  // RFC 6455 §5.5.1(e), §7.1.5(a)
  test('begun by the peer without a code is answered without a code; the application sees 1005 (§7.1.5)', () => {
    const recorder = new ConnectionRecorder(options);
    recorder.receive(close());
    expect(recorder.events).toEqual([['close', 1005, ''], ['complete']]);
    expect(recorder.output.lines).toEqual(['Close ""']);
  });

  // RFC 6455 §7.1.2(a)
  test('begun by us is complete when the peer answers (§7.1.4)', () => {
    const recorder = new ConnectionRecorder(options);
    recorder.connection.close(closeBody(1000, 'done'));
    expect(recorder.connection.state).toBe(State.CloseSent);
    expect(recorder.events).toEqual([]);
    recorder.receive(close(1000));
    expect(recorder.events).toEqual([['close', 1000, ''], ['complete']]);
    expect(recorder.output.lines).toEqual(['Close 1000 "done"']);
    expect(recorder.connection.state).toBe(State.Complete);
  });

  // RFC 6455 §5.5.1(e)(j)
  test('begun by both at once has one Close each way', () => {
    const recorder = new ConnectionRecorder(options);
    const theirs = recorder.wire([close(1001)]);
    recorder.connection.close(closeBody(1000));
    recorder.connection.receive(theirs);
    recorder.connection.close(closeBody(1002));
    expect(recorder.events).toEqual([['close', 1001, ''], ['complete']]);
    expect(recorder.output.lines).toEqual(['Close 1000 ""']);
  });

  // RFC 6455 §5.5.1(d), §5.5.2(a)(b), §5.5.3(b)
  test('lets the peer’s messages through until its Close, and answers its Pings behind ours', () => {
    const recorder = new ConnectionRecorder(options);
    recorder.connection.close(closeBody(1000));
    recorder.receive(text('still'), ping('?'), pong('!'), close(1000));
    expect(recorder.events).toEqual([
      ['message', 'still', false],
      ['ping', '?'],
      ['pong', '!'],
      ['close', 1000, ''],
      ['complete'],
    ]);
    expect(recorder.output.lines).toEqual(['Close 1000 ""', 'Pong "?"']);
  });

  test('ends the reading: data and a second Close behind the first are not read (§5.5.1)', () => {
    const recorder = new ConnectionRecorder(options);
    recorder.receive(close(1000), text('never'), close(1001), { opcode: 15 });
    recorder.receive(text('never'));
    expect(recorder.events).toEqual([['close', 1000, ''], ['complete']]);
    expect(recorder.output.lines).toEqual(['Close 1000 ""']);
    expect(recorder.connection.receiving).toBe(false);
    expect(recorder.connection.holding).toBe(false);
  });

  test('is the same however the Close is cut', () => {
    const wire = new ConnectionRecorder(options).wire([text('last'), close(3000, 'why')]);
    for (const { chunks } of cuttingsOf(wire)) {
      const recorder = new ConnectionRecorder(options);
      for (const chunk of chunks) recorder.connection.receive(chunk);
      expect(recorder.events).toEqual([['message', 'last', false], ['close', 3000, 'why'], ['complete']]);
      expect(recorder.output.lines).toEqual(['Close 3000 "why"']);
    }
  });

  test('that has a reason of ours keeps it though the peer’s memory changes', () => {
    const { deflater, recorder } = withSlowDeflater(options);
    recorder.connection.send(LONG, false, true, true);
    const chunk = recorder.wire([close(3000, 'echo')]);
    recorder.connection.receive(chunk);
    chunk.fill(0);
    deflater.finish();
    expect(recorder.output.lines.at(-1)).toBe('Close 3000 "echo"');
  });
});

describe('nothing is sent after our Close', () => {
  // RFC 6455 §5.5.1(d), §6.1(b)
  test('no message, no Ping, no Pong, of any kind; and each callback is told why', () => {
    const recorder = new ConnectionRecorder();
    const { connection } = recorder;
    const callbacks = new Callbacks();
    connection.close(closeBody(1000));
    connection.send('a', false, true, true, callbacks.named('send'));
    connection.send('a', false, true, true);
    connection.sendPrepared(new PreparedMessage(Buffer.from('b'), false), true, callbacks.named('prepared'));
    connection.sendDeferred(1, () => expect.unreachable(), true, true, callbacks.named('deferred'));
    connection.ping(Buffer.alloc(0), callbacks.named('ping'));
    connection.pong(Buffer.alloc(0), callbacks.named('pong'));
    connection.close(closeBody(1001));
    expect(recorder.output.lines).toEqual(['Close 1000 ""']);
    expect(callbacks.calls).toEqual(
      ['send', 'prepared', 'deferred', 'ping', 'pong'].map((name) => `${name}: ${CLOSING}`),
    );
  });

  test('nor after the peer’s, but what was sent before it', () => {
    const { deflater, recorder } = withSlowDeflater();
    const callbacks = new Callbacks();
    recorder.connection.send(LONG, false, true, true, callbacks.named('before'));
    recorder.connection.send('also before', false, true, false);
    recorder.receive(close(1000));
    expect(recorder.connection.state).toBe(State.CloseReceived);
    recorder.connection.send('after', false, true, false, callbacks.named('after'));
    expect(recorder.events).toEqual([['close', 1000, '']]);
    deflater.finish();
    expect(recorder.output.lines).toEqual([`Text+ "<${LONG}>"`, 'Text "also before"', 'Close 1000 ""']);
    expect(recorder.events).toEqual([['close', 1000, ''], ['complete']]);
    recorder.output.taken();
    expect(callbacks.calls).toEqual([`after: ${CLOSING}`, 'before']);
  });

  // RFC 6455 §5.5.1(d), §6.1(b)
  test('nor while our Close waits behind messages: those go first, in order, and nothing new joins them', () => {
    const { deflater, recorder } = withSlowDeflater();
    const callbacks = new Callbacks();
    recorder.connection.send(`1 ${LONG}`, false, true, true);
    recorder.connection.send(`2 ${LONG}`, false, true, true);
    expect(recorder.connection.closing).toBe(false);
    recorder.connection.close(closeBody(1000));
    expect(recorder.connection.closing).toBe(true);
    expect(recorder.connection.state).toBe(State.Open);
    recorder.connection.send('too late', false, true, false, callbacks.named('late'));
    recorder.connection.close(closeBody(1001));
    expect(recorder.output.lines).toEqual([]);
    deflater.finish();
    deflater.finish();
    expect(recorder.output.lines).toEqual([`Text+ "<1 ${LONG}>"`, `Text+ "<2 ${LONG}>"`, 'Close 1000 ""']);
    expect(recorder.connection.state).toBe(State.CloseSent);
    expect(callbacks.calls).toEqual([`late: ${CLOSING}`]);
  });

  test('though Pings that come before it has left are still answered', () => {
    const { deflater, recorder } = withSlowDeflater();
    recorder.connection.send(LONG, false, true, true);
    recorder.connection.close(closeBody(1000));
    recorder.receive(ping('?'));
    deflater.finish();
    expect(recorder.output.lines).toEqual(['Pong "?"', `Text+ "<${LONG}>"`, 'Close 1000 ""']);
  });

  test('and when both Closes have crossed while ours waited, there is still one', () => {
    const { deflater, recorder } = withSlowDeflater();
    recorder.connection.send(LONG, false, true, true);
    recorder.connection.close(closeBody(1000));
    recorder.receive(close(1001));
    expect(recorder.connection.state).toBe(State.CloseReceived);
    deflater.finish();
    expect(recorder.output.lines).toEqual([`Text+ "<${LONG}>"`, 'Close 1000 ""']);
    expect(recorder.events).toEqual([['close', 1001, ''], ['complete']]);
    expect(recorder.connection.state).toBe(State.Complete);
  });
});

describe('inside onClose the application', () => {
  test('may give an answer of its own, and the end is told once', () => {
    const recorder = new ConnectionRecorder();
    recorder.on = ([name]) => name === 'close' && recorder.connection.close(closeBody(4000, 'own'));
    recorder.receive(close(1000));
    expect(recorder.output.lines).toEqual(['Close 4000 "own"']);
    expect(recorder.events).toEqual([['close', 1000, ''], ['complete']]);
  });

  test('may throw: the answer is given all the same', () => {
    for (const begun of [false, true]) {
      const recorder = new ConnectionRecorder();
      if (begun) recorder.connection.close(closeBody(1000));
      recorder.on = ([name]) => {
        if (name === 'close') throw new Error('from a listener');
      };
      expect(() => recorder.receive(close(1000))).toThrow('from a listener');
      expect(recorder.output.lines).toEqual(['Close 1000 ""']);
      expect(recorder.events.at(-1)).toEqual(['complete']);
    }
  });

  test('may lose the transport: no answer is tried', () => {
    const recorder = new ConnectionRecorder();
    recorder.on = ([name]) => name === 'close' && recorder.connection.release(new Error('gone'));
    recorder.receive(close(1000));
    expect(recorder.output.lines).toEqual([]);
    expect(recorder.events).toEqual([['close', 1000, '']]);
  });
});

describe('a Close frame that breaks a rule fails the connection (§7.1.7), at the byte that does', () => {
  const cases: [what: string, payload: string, status: number, violation: string, index: number][] = [
    ['one byte', '03', 1002, 'CloseBodyTooShort', 0],
    ['code 1005', '03ed', 1002, 'InvalidCloseCode', 0],
    ['code 0', '0000 6869', 1002, 'InvalidCloseCode', 0],
    ['a reason that is no text', '03e8 6f6b ff 6f6b', 1007, 'InvalidCloseReason', 4],
    ['a reason that ends inside a character', '03e8 6f6b e282', 1007, 'InvalidCloseReason', 5],
  ];

  // RFC 6455 §5.5.1(A)
  test.each(cases)('%s', (__, payload, status, violation, index) => {
    for (const before of [[], [text('before')]]) {
      const wire = new ConnectionRecorder().wire([...before, { opcode: 8, payload: hex(payload) }, text('after')]);
      const offset = (before.length > 0 ? 12 : 0) + 6 + index;
      for (const { chunks } of cuttingsOf(wire)) {
        const recorder = new ConnectionRecorder();
        for (const chunk of chunks) recorder.connection.receive(chunk);
        expect(recorder.events.at(-1)).toEqual(['fail', violation, offset]);
        expect(recorder.events).toHaveLength(before.length + 1);
        expect(recorder.output.lines[0]).toMatch(new RegExp(`^Close ${status} "RFC 6455 §`));
        expect(recorder.output.lines).toHaveLength(1);
      }
    }
  });
});

describe('_Fail the WebSocket Connection_ (§7.1.7)', () => {
  // RFC 6455 §7.1.7(d)(e), §10.7(b)
  test('says Close with the status and the rule, tells the application once, and reads nothing more', () => {
    const recorder = new ConnectionRecorder();
    recorder.receive(text('before'), { opcode: 3 }, text('after'));
    recorder.receive(text('after'));
    expect(recorder.events).toEqual([
      ['message', 'before', false],
      ['fail', 'ReservedOpcode', 12],
    ]);
    expect(recorder.output.lines).toEqual(['Close 1002 "RFC 6455 §5.2: the opcode is reserved"']);
    expect(recorder.connection.state).toBe(State.Failed);
    expect(recorder.connection.receiving).toBe(false);
    expect(recorder.connection.closing).toBe(true);
    recorder.connection.fail(Violations.MessageTimeout);
    recorder.connection.close(closeBody(1000));
    expect(recorder.events).toHaveLength(2);
    expect(recorder.output.lines).toHaveLength(1);
  });

  test('says no second Close when ours has been sent', () => {
    const recorder = new ConnectionRecorder();
    recorder.connection.close(closeBody(1000));
    recorder.receive({ opcode: 3 });
    expect(recorder.events).toEqual([['fail', 'ReservedOpcode', 0]]);
    expect(recorder.output.lines).toEqual(['Close 1000 ""']);
  });

  test('says its own Close when ours was still waiting', () => {
    const { deflater, recorder } = withSlowDeflater();
    recorder.connection.send(LONG, false, true, true);
    recorder.connection.close(closeBody(1000));
    recorder.receive({ opcode: 3 });
    expect(recorder.output.lines).toEqual(['Close 1002 "RFC 6455 §5.2: the opcode is reserved"']);
    expect(deflater.closed).toBeGreaterThan(0);
  });

  // RFC 6455 §5.5.1(d), §6.1(b)
  test('gives up the messages that wait: none follows the Close, and each callback is told why', () => {
    const { deflater, recorder } = withSlowDeflater();
    const callbacks = new Callbacks();
    let source: ((error: Error | null, data: Buffer) => void) | undefined;
    recorder.connection.send(LONG, false, true, true, callbacks.named('1'));
    recorder.connection.sendDeferred(1, (done) => (source = done), true, true, callbacks.named('2'));
    recorder.connection.send('3', false, false, false, callbacks.named('3'));
    recorder.connection.sendPrepared(new PreparedMessage(Buffer.from('4'), false), false, callbacks.named('4'));
    recorder.receive({ opcode: 3 });
    expect(source).toBeUndefined();
    expect(deflater.busy).toBe(false);
    expect(recorder.output.lines).toEqual(['Close 1002 "RFC 6455 §5.2: the opcode is reserved"']);
    const why = 'the connection failed before this was sent: RFC 6455 §5.2: the opcode is reserved';
    expect(callbacks.calls).toEqual(['1', '2', '3', '4'].map((name) => `${name}: ${why}`));
    expect(recorder.connection.queuedBytes).toBe(0);
  });

  // RFC 6455 §5.4(d)
  test.each([false, true])(
    'by us, when a part of a message cannot be read (the last: %s): the rest never follows',
    (fin) => {
      const recorder = new ConnectionRecorder();
      const callbacks = new Callbacks();
      let source: ((error: Error | null, data: Buffer) => void) | undefined;
      recorder.connection.send('begun ', false, false, false, callbacks.named('begun'));
      recorder.connection.sendDeferred(1, (done) => (source = done), false, fin, callbacks.named('unread'));
      recorder.connection.send('more', false, true, false, callbacks.named('more'));
      source?.(new Error('unreadable'), Buffer.alloc(0));
      const why = 'RFC 6455 §5.4: a part of a message of ours could not be read';
      expect(recorder.output.lines).toEqual(['Text… "begun "', `Close 1011 "${why}"`]);
      expect(recorder.events).toEqual([['fail', 'UnreadablePart', 0]]);
      expect(callbacks.calls).toEqual([
        'unread: unreadable',
        `more: the connection failed before this was sent: ${why}`,
      ]);
      expect(recorder.connection.state).toBe(State.Failed);
    },
  );

  test('tells a callback once, also when that callback itself is what fails the connection', () => {
    const recorder = new ConnectionRecorder();
    const callbacks = new Callbacks();
    const told = callbacks.named('read');
    let source: ((error: Error | null, data: Buffer) => void) | undefined;
    recorder.connection.sendDeferred(
      1,
      (done) => (source = done),
      true,
      true,
      (error) => {
        told(error);
        recorder.connection.fail(Violations.MessageTimeout);
      },
    );
    source?.(new Error('unreadable'), Buffer.alloc(0));
    expect(callbacks.calls).toEqual(['read: unreadable']);
  });

  test('gives up a message that is being read', () => {
    const recorder = new ConnectionRecorder();
    const callbacks = new Callbacks();
    let source: ((error: Error | null, data: Buffer) => void) | undefined;
    recorder.connection.sendDeferred(1, (done) => (source = done), true, true, callbacks.named('read'));
    recorder.receive({ opcode: 3 });
    source?.(null, Buffer.from('x'));
    expect(recorder.output.lines).toHaveLength(1);
    expect(callbacks.calls).toHaveLength(1);
  });

  test('tells the callbacks also when the application throws, and refuses what they want to send', () => {
    const { recorder } = withSlowDeflater();
    const callbacks = new Callbacks();
    recorder.connection.send(LONG, false, true, true, (error) => {
      callbacks.calls.push(`1: ${error?.name}`);
      recorder.connection.send('again', false, true, false, callbacks.named('again'));
    });
    recorder.on = () => {
      throw new Error('from a listener');
    };
    expect(() => recorder.receive({ opcode: 3 })).toThrow('from a listener');
    expect(callbacks.calls).toEqual(['1: Error', `again: ${CLOSING}`]);
    expect(recorder.output.lines).toHaveLength(1);
  });

  test('by the floor above names the next byte, also in the middle of a message and of a chunk', () => {
    const recorder = new ConnectionRecorder();
    recorder.receive(text('part', false), ping('!'));
    recorder.connection.receive(recorder.wire([text('half')]).subarray(0, 3));
    recorder.connection.fail(Violations.MessageTimeout);
    expect(recorder.events.at(-1)).toEqual(['fail', 'MessageTimeout', 10 + 7 + 3]);

    const paused = new ConnectionRecorder();
    paused.connection.pause();
    paused.receive(text('unread'));
    paused.connection.fail(Violations.MessageTimeout);
    expect(paused.events).toEqual([['fail', 'MessageTimeout', 0]]);
  });

  test('after the peer’s Close, while our answer waits, says why', () => {
    const { recorder } = withSlowDeflater();
    recorder.connection.send(LONG, false, true, true);
    recorder.receive(close(1000));
    recorder.connection.fail(Violations.MessageTimeout);
    expect(recorder.connection.state).toBe(State.Failed);
    expect(recorder.output.lines).toEqual([
      'Close 1008 "RFC 6455 §10.4: the message was not finished within messageTimeout"',
    ]);
  });

  test('does not happen once both have said Close', () => {
    const recorder = new ConnectionRecorder();
    recorder.receive(close(1000));
    recorder.connection.fail(Violations.MessageTimeout);
    expect(recorder.connection.state).toBe(State.Complete);
    expect(recorder.events).toEqual([['close', 1000, ''], ['complete']]);
  });

  test('gives back what a message under way has taken', () => {
    const inflater = new FakeInflater();
    const recorder = new ConnectionRecorder(SERVER, { inflater: inflater.asInflater });
    recorder.receive(text('part', false), { opcode: 3 });
    expect(recorder.connection.unfinished).toBe(false);
    expect(inflater.closed).toBeGreaterThan(0);
  });
});

describe('release', () => {
  const gone = new Error('gone');

  test('tells everybody who waits, in order, and gives everything back', () => {
    const inflater = new FakeInflater();
    const deflater = new FakeDeflater();
    deflater.slow = true;
    const recorder = new ConnectionRecorder(SERVER, { deflater: deflater.asDeflater, inflater: inflater.asInflater });
    const callbacks = new Callbacks();
    recorder.connection.send(LONG, false, true, true, callbacks.named('1'));
    recorder.connection.send('2', false, true, true, callbacks.named('2'));
    recorder.connection.close(closeBody(1000));
    recorder.receive(text('part', false));
    recorder.connection.release(gone);
    expect(callbacks.calls).toEqual(['1: gone', '2: gone']);
    expect([deflater.closed, inflater.closed]).toEqual([1, 1]);
    expect(recorder.connection.queuedBytes).toBe(0);
    expect(recorder.connection.unfinished).toBe(false);
    expect(recorder.connection.receiving).toBe(false);
    expect(recorder.output.lines).toEqual([]);
    expect(recorder.events).toEqual([]);
  });

  test('leaves nothing that could be sent or received, also by those who are told', () => {
    const { recorder } = withSlowDeflater();
    const callbacks = new Callbacks();
    recorder.connection.send(LONG, false, true, true, () => {
      recorder.connection.send(LONG, false, true, true, callbacks.named('from a callback'));
    });
    recorder.connection.release(gone);
    recorder.connection.send(LONG, false, true, true, callbacks.named('later'));
    recorder.connection.ping(Buffer.alloc(0), callbacks.named('ping'));
    recorder.connection.close(closeBody(1000));
    recorder.connection.unblock();
    recorder.receive(text('never'), ping('?'), close(1000));
    recorder.connection.resume();
    recorder.connection.fail(Violations.MessageTimeout);
    expect(recorder.output.lines).toEqual([]);
    expect(recorder.events).toEqual([]);
    expect(callbacks.calls).toEqual(['from a callback', 'later', 'ping'].map((name) => `${name}: ${CLOSING}`));
  });

  test('does not make a complete closing handshake less complete', () => {
    const recorder = new ConnectionRecorder();
    recorder.receive(close(1000));
    recorder.connection.release(gone);
    expect(recorder.connection.state).toBe(State.Complete);
  });

  test('in any other state leaves the connection failed', () => {
    const open = new ConnectionRecorder();
    const sent = new ConnectionRecorder();
    sent.connection.close(closeBody(1000));
    const received = withSlowDeflater().recorder;
    received.connection.send(LONG, false, true, true);
    received.receive(close(1000));
    const failed = new ConnectionRecorder();
    failed.receive({ opcode: 3 });
    for (const { connection } of [open, sent, received, failed]) {
      connection.release(gone);
      connection.release(gone);
      expect(connection.state).toBe(State.Failed);
    }
  });

  test('throws what a callback threw when all have been told', () => {
    const { recorder } = withSlowDeflater();
    const callbacks = new Callbacks();
    recorder.connection.send(LONG, false, true, true, () => {
      throw new Error('from a callback');
    });
    recorder.connection.send('2', false, true, false, callbacks.named('2'));
    expect(() => recorder.connection.release(gone)).toThrow('from a callback');
    expect(callbacks.calls).toEqual(['2: gone']);
  });
});
