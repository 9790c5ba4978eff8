// Statements about one endpoint of an open connection, either role: RFC 6455 §5.5 and §5.6. Closing has its own file.
import { describe, expect, test } from 'vitest';
import { State } from '../../src/connection/state.ts';
import { InflateFailures } from '../../src/deflate/index.ts';
import { Opcode, Violations } from '../../src/frame/index.ts';
import { PreparedMessage } from '../../src/message/index.ts';
import { hex } from '../frame/slow-frames.ts';
import { FakeInflater } from '../message/fake-inflater.ts';
import { FakeDeflater } from './fake-deflater.ts';
import {
  Callbacks,
  CLIENT,
  ConnectionRecorder,
  close,
  type HostEvent,
  more,
  ping,
  pong,
  ROLES,
  SERVER,
  text,
} from './record.ts';

const { Binary, Text } = Opcode;

describe.each(ROLES)('%s', (_, options) => {
  // RFC 6455 §6.2(a)(b)
  test('tells of messages, Pings and Pongs in their order', () => {
    const recorder = new ConnectionRecorder(options);
    recorder.receive(text('one'), ping('?'), { opcode: Binary, payload: hex('00ff') }, pong('!'), text('', true));
    expect(recorder.events).toEqual([
      ['message', 'one', false],
      ['ping', '?'],
      ['message', '00ff', true],
      ['pong', '!'],
      ['message', '', false],
    ]);
    expect(recorder.connection.state).toBe(State.Open);
  });

  // RFC 6455 §5.4(c)(e)
  test('puts a fragmented message together around the control frames within it', () => {
    const recorder = new ConnectionRecorder(options);
    recorder.receive(text('one', false), ping('?'), more('two', false), pong('!'), more('three'));
    expect(recorder.events).toEqual([
      ['ping', '?'],
      ['pong', '!'],
      ['message', 'onetwothree', false],
    ]);
  });

  // RFC 6455 §5.5.2(a)(b), §5.5.3(a)
  test('answers each Ping with a Pong of the same payload, before the application hears of it (§5.5.2)', () => {
    const recorder = new ConnectionRecorder(options);
    const sent: string[][] = [];
    recorder.on = () => sent.push(recorder.output.lines);
    recorder.receive(ping('a'), ping(), ping('x'.repeat(125)));
    expect(sent).toEqual([['Pong "a"'], ['Pong "a"', 'Pong ""'], ['Pong "a"', 'Pong ""', `Pong "${'x'.repeat(125)}"`]]);
  });

  // RFC 6455 §5.1(a)(c), §5.5.1(c), §6.1(f)
  test('masks what it sends exactly when it is a client (§5.1)', () => {
    const recorder = new ConnectionRecorder(options);
    recorder.connection.send('text', false, true, false);
    recorder.connection.ping(Buffer.from('ping'));
    recorder.receive(ping('from the peer'));
    recorder.connection.close(hex('03e8'));
    const { frames, lines } = recorder.output;
    expect(lines).toEqual(['Text "text"', 'Ping "ping"', 'Pong "from the peer"', 'Close 1000 ""']);
    for (const frame of frames) expect(frame.masked).toBe(!options.isServer);
  });

  test('sends Pings and Pongs of its own, past messages that wait (§5.4)', () => {
    const deflater = new FakeDeflater();
    deflater.slow = true;
    const recorder = new ConnectionRecorder(options, { deflater: deflater.asDeflater });
    const callbacks = new Callbacks();
    recorder.connection.send('long enough to be compressed', false, true, true, callbacks.named('message'));
    recorder.connection.ping(Buffer.from('1'), callbacks.named('ping'));
    recorder.connection.pong(Buffer.from('2'), callbacks.named('pong'));
    recorder.receive(ping('3'));
    expect(recorder.connection.queuedBytes).toBe(28);
    deflater.finish();
    expect(recorder.output.lines).toEqual([
      'Ping "1"',
      'Pong "2"',
      'Pong "3"',
      'Text+ "<long enough to be compressed>"',
    ]);
    recorder.output.taken();
    expect(callbacks.calls).toEqual(['ping', 'pong', 'message']);
  });

  test('sends control frames between the fragments of its own message (§5.4)', () => {
    const recorder = new ConnectionRecorder(options);
    recorder.connection.send('one', false, false, true);
    recorder.connection.ping(Buffer.from('!'));
    recorder.receive(ping('?'));
    recorder.connection.send('two', false, true, true);
    expect(recorder.output.lines).toEqual(['Text… "one"', 'Ping "!"', 'Pong "?"', 'Continuation "two"']);
  });

  test('sends prepared messages and those that are read later', () => {
    const recorder = new ConnectionRecorder(options);
    recorder.connection.sendPrepared(new PreparedMessage(Buffer.from('prepared'), false), true);
    recorder.connection.sendDeferred(8, (done) => done(null, Buffer.from('deferred')), true, true);
    expect(recorder.output.lines).toEqual(['Text "prepared"', 'Binary "deferred"']);
    expect(recorder.output.frames.map((frame) => frame.masked)).toEqual(Array(2).fill(!options.isServer));
  });
});

describe('Pings (§5.5.2, §5.5.3)', () => {
  test('are left to the application where it wants that', () => {
    const recorder = new ConnectionRecorder({ ...SERVER, autoPong: false });
    recorder.receive(ping('a'));
    expect(recorder.events).toEqual([['ping', 'a']]);
    expect(recorder.output.lines).toEqual([]);
    recorder.connection.pong(Buffer.from('a'));
    expect(recorder.output.lines).toEqual(['Pong "a"']);
  });

  // RFC 6455 §5.5.2(A)
  test('of a peer that does not read are answered once, to the latest, when it reads again', () => {
    const recorder = new ConnectionRecorder();
    recorder.output.blocked = true;
    const flood = Array.from({ length: 1000 }, (_, index) => ping(`${index}`));
    recorder.receive(...flood);
    expect(recorder.events).toHaveLength(1000);
    expect(recorder.output.lines).toEqual([]);
    recorder.output.blocked = false;
    recorder.connection.unblock();
    recorder.connection.unblock();
    expect(recorder.output.lines).toEqual(['Pong "999"']);
  });

  test('are answered with a copy, for the chunk is not ours to keep', () => {
    const recorder = new ConnectionRecorder();
    recorder.output.blocked = true;
    const chunk = recorder.wire([ping('mine')]);
    recorder.connection.receive(chunk);
    chunk.fill(0);
    recorder.output.blocked = false;
    recorder.connection.unblock();
    expect(recorder.output.lines).toEqual(['Pong "mine"']);
  });

  test('that come when the way is free again make an older answer needless', () => {
    const recorder = new ConnectionRecorder();
    recorder.output.blocked = true;
    recorder.receive(ping('older'));
    recorder.output.blocked = false;
    recorder.receive(ping('newer'));
    recorder.connection.unblock();
    expect(recorder.output.lines).toEqual(['Pong "newer"']);
  });

  // RFC 6455 §5.5.2(a)(A): the peer has not said Close, and only data may not follow ours.
  test('are still owed their answer behind our own Close', () => {
    const recorder = new ConnectionRecorder();
    recorder.output.blocked = true;
    recorder.receive(ping('owed'));
    recorder.connection.close(hex('03e8'));
    recorder.receive(ping('later'));
    recorder.output.blocked = false;
    recorder.connection.unblock();
    expect(recorder.output.lines).toEqual(['Close 1000 ""', 'Pong "later"']);
  });

  test('owe nothing after both have said Close, or after a failure', () => {
    for (const end of [close(1000), { opcode: 3 }]) {
      const recorder = new ConnectionRecorder();
      recorder.output.blocked = true;
      recorder.connection.close(hex('03e8'));
      recorder.receive(ping('owed'), end);
      recorder.output.blocked = false;
      recorder.connection.unblock();
      expect(recorder.output.lines).toEqual(['Close 1000 ""']);
    }
  });

  // RFC 6455 §5.5.2(a)
  test('owe nothing after the peer has said Close', () => {
    const recorder = new ConnectionRecorder(SERVER, { deflater: slowDeflater().asDeflater });
    recorder.output.blocked = true;
    // Something is in the queue, so that our Close waits.
    recorder.connection.send('long enough to be compressed', false, true, true);
    recorder.receive(ping('owed'), close(1000));
    recorder.connection.unblock();
    expect(recorder.output.lines).toEqual([]);
  });
});

function slowDeflater(): FakeDeflater {
  const deflater = new FakeDeflater();
  deflater.slow = true;
  return deflater;
}

describe('reading', () => {
  test('pauses behind the current message and goes on with resume', () => {
    const recorder = new ConnectionRecorder();
    recorder.on = ([name]) => name === 'message' && recorder.connection.pause();
    recorder.receive(text('one'), text('two'), ping(), text('three'));
    expect(recorder.events).toEqual([['message', 'one', false]]);
    expect(recorder.connection.holding).toBe(true);
    expect(recorder.connection.waiting).toBe(true);
    recorder.connection.resume();
    expect(recorder.events).toHaveLength(2);
    recorder.connection.resume();
    expect(recorder.events.slice(2)).toEqual([
      ['ping', ''],
      ['message', 'three', false],
    ]);
    expect(recorder.connection.holding).toBe(false);
  });

  test('pauses behind a Ping or a Pong too', () => {
    for (const frame of [ping('x'), pong('x')]) {
      const recorder = new ConnectionRecorder();
      recorder.on = () => recorder.connection.pause();
      recorder.receive(frame, text('one'));
      expect(recorder.events).toHaveLength(1);
      recorder.connection.resume();
      expect(recorder.events).toHaveLength(2);
    }
  });

  test('gives one message or control frame for each start, where that was asked for', () => {
    const recorder = new ConnectionRecorder({ ...SERVER, oneAtATime: true });
    recorder.receive(text('one'), ping('two'), pong('three'), text('fo', false), more('ur'));
    const counts: number[] = [];
    for (let start = 0; start < 5; start++) {
      counts.push(recorder.events.length);
      recorder.connection.resume();
    }
    expect(counts).toEqual([1, 2, 3, 4, 4]);
    expect(recorder.connection.waiting).toBe(false);
  });

  test('gives one for each start also when that one takes its time to inflate', () => {
    const inflater = new FakeInflater();
    inflater.slow = true;
    const recorder = new ConnectionRecorder({ ...SERVER, oneAtATime: true }, { inflater: inflater.asInflater });
    recorder.receive({ ...text('one'), rsv1: true }, text('two'));
    inflater.finish();
    // Whoever listens to this learns that something is waiting, and resumes in a turn of its own.
    expect(recorder.events).toEqual([['message', '<one>', false], ['inflation end']]);
    expect(recorder.connection.waiting).toBe(true);
    recorder.connection.resume();
    expect(recorder.events.at(-1)).toEqual(['message', 'two', false]);
  });

  test('has gone on behind a slow inflation when its end is told', () => {
    const inflater = new FakeInflater();
    inflater.slow = true;
    const recorder = new ConnectionRecorder(SERVER, { inflater: inflater.asInflater });
    const seen: boolean[] = [];
    recorder.on = ([name]) => name === 'inflation end' && seen.push(recorder.connection.holding);
    recorder.receive({ ...text('one'), rsv1: true }, text('two'));
    expect(recorder.connection.holding).toBe(true);
    expect(recorder.connection.waiting).toBe(false);
    inflater.finish();
    expect(recorder.events).toEqual([['message', '<one>', false], ['message', 'two', false], ['inflation end']]);
    expect(seen).toEqual([false]);
  });

  test('tells the end of a slow inflation also when a listener behind it throws', () => {
    const inflater = new FakeInflater();
    inflater.slow = true;
    const recorder = new ConnectionRecorder(SERVER, { inflater: inflater.asInflater });
    recorder.on = ([name, data]) => {
      if (name === 'message' && data === 'two') throw new Error('from a listener');
    };
    recorder.receive({ ...text('one'), rsv1: true }, text('two'), text('three'));
    expect(() => inflater.finish()).toThrow('from a listener');
    expect(recorder.events.at(-1)).toEqual(['inflation end']);
    expect(recorder.connection.waiting).toBe(true);
    recorder.connection.resume();
    expect(recorder.events.at(-1)).toEqual(['message', 'three', false]);
  });

  test('fails when a slow inflation fails, and says so once', () => {
    const inflater = new FakeInflater();
    inflater.slow = true;
    inflater.answer = InflateFailures.TooBig as unknown as Buffer;
    const recorder = new ConnectionRecorder(SERVER, { inflater: inflater.asInflater });
    recorder.receive(text('0'), { ...text('bomb'), rsv1: true }, text('never read'));
    inflater.finish();
    expect(recorder.events).toEqual([
      ['message', '0', false],
      ['fail', 'InflatedTooBig', 7 + 9],
    ]);
  });

  test('loses no frame when a listener throws, and goes on with resume', () => {
    const recorder = new ConnectionRecorder();
    recorder.on = (event) => {
      if (event[1] !== 'last') throw new Error(`from ${event[1]}`);
    };
    const frames = [text('one'), ping('two'), pong('three'), text('last')];
    expect(() => recorder.receive(...frames)).toThrow('from one');
    for (const name of ['two', 'three']) {
      expect(recorder.connection.waiting).toBe(true);
      expect(() => recorder.connection.resume()).toThrow(`from ${name}`);
    }
    recorder.connection.resume();
    expect(recorder.events.map((event) => event[1])).toEqual(['one', 'two', 'three', 'last']);
    expect(recorder.output.lines).toEqual(['Pong "two"']);
  });

  test('knows of a frame or a message that has begun and not ended', () => {
    const recorder = new ConnectionRecorder();
    expect(recorder.connection.unfinished).toBe(false);
    recorder.receive(text('part', false));
    expect(recorder.connection.unfinished).toBe(true);
    recorder.receive(more('part'));
    expect(recorder.connection.unfinished).toBe(false);
    recorder.connection.receive(recorder.wire([ping()]).subarray(0, 3));
    expect(recorder.connection.unfinished).toBe(true);
  });
});

describe('inside an upcall the application', () => {
  /** Does something in the first upcall of this kind. */
  function during(kind: HostEvent[0], action: (recorder: ConnectionRecorder) => void): ConnectionRecorder {
    const recorder = new ConnectionRecorder();
    let done = false;
    recorder.on = ([name]) => {
      if (name !== kind || done) return;
      done = true;
      action(recorder);
    };
    return recorder;
  }

  test('may send', () => {
    for (const kind of ['message', 'ping', 'pong'] as const) {
      const recorder = during(kind, ({ connection }) => connection.send('answer', false, true, false));
      recorder.receive(text('1'), ping('2'), pong('3'));
      expect(recorder.output.lines).toContain('Text "answer"');
      expect(recorder.events).toHaveLength(3);
    }
  });

  test('may close, and still gets the messages that the peer had sent before it could know', () => {
    const recorder = during('message', ({ connection }) => connection.close(hex('03e8')));
    recorder.receive(text('one'), text('two'), ping('three'));
    expect(recorder.output.lines).toEqual(['Close 1000 ""', 'Pong "three"']);
    expect(recorder.events).toEqual([
      ['message', 'one', false],
      ['message', 'two', false],
      ['ping', 'three'],
    ]);
    recorder.receive(close(1000));
    expect(recorder.events.slice(3)).toEqual([['close', 1000, ''], ['complete']]);
  });

  test('may fail the connection, and nothing more is read', () => {
    const recorder = during('message', ({ connection }) => connection.fail(Violations.MessageTimeout));
    recorder.receive(text('one'), text('two'));
    expect(recorder.events).toEqual([
      ['message', 'one', false],
      ['fail', 'MessageTimeout', 9],
    ]);
    expect(recorder.connection.holding).toBe(false);
  });

  test('may lose the transport, and nothing more is read', () => {
    const recorder = during('message', ({ connection }) => connection.release(new Error('gone')));
    recorder.receive(text('one'), text('two'));
    recorder.receive(text('three'));
    expect(recorder.events).toEqual([['message', 'one', false]]);
    expect(recorder.connection.holding).toBe(false);
    expect(recorder.connection.receiving).toBe(false);
  });

  test('may receive more bytes, which come behind', () => {
    const recorder = during('message', (self) => self.receive(text('three')));
    recorder.receive(text('one'), text('two'));
    expect(recorder.events.map((event) => event[1])).toEqual(['one', 'two', 'three']);
  });
});

describe('a role', () => {
  // RFC 6455 §5.1(b)(d)
  test('decides whose frames must be masked (§5.1)', () => {
    const server = new ConnectionRecorder(SERVER);
    server.connection.receive(hex('81 01 61'));
    expect(server.events).toEqual([['fail', 'UnmaskedClientFrame', 1]]);
    const client = new ConnectionRecorder(CLIENT);
    client.connection.receive(hex('81 81 00000000 61'));
    expect(client.events).toEqual([['fail', 'MaskedServerFrame', 1]]);
  });

  // RFC 6455 §5.2(b), §5.8(a)
  test('does not decide whether RSV1 may be set: permessage-deflate does (RFC 7692 §6)', () => {
    const compressed = { opcode: Text, rsv1: true, payload: 'x' };
    const without = new ConnectionRecorder();
    without.receive(compressed);
    expect(without.events).toEqual([['fail', 'ReservedBit1', 0]]);
    const agreed = new ConnectionRecorder(SERVER, { inflater: new FakeInflater().asInflater });
    agreed.receive(compressed);
    expect(agreed.events).toEqual([['message', '<x>', false]]);
  });
});
