// Faults of the network and of peers that leave without a word: rows N1 to N6 of the table.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { BINARY, CLOSE, frame, PING, PONG, TEXT } from '../websocket/raw-peer.ts';
import { Attacker, dial } from './attacker.ts';
import { isServed } from './honest.ts';
import { attack, MIB } from './row.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

const QUICK_HEARTBEAT = { heartbeat: { interval: 200, timeout: 200 } };

/** A way to the victim that can be cut so that neither side notices: what is sent then goes nowhere. */
async function swallowingWay(victim: Victim): Promise<{ port: number; swallow: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect({ port: victim.port, host: '127.0.0.1' });
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const swallow = (): void => {
    for (const socket of sockets) socket.unpipe().resume();
  };
  return { port, swallow };
}

attack('N1', {
  victim: { server: QUICK_HEARTBEAT },
  bound: 8 * MIB,
  async run(victim) {
    const way = await swallowingWay(victim);
    const attackers = await Promise.all(Array.from({ length: 20 }, () => Attacker.open(way)));
    const { closed } = await victim.report();
    way.swallow();
    // Nobody says anything any more, and yet they are found out.
    const after = await victim.until(({ clients }) => clients === 0);
    expect((after.closed[1006] ?? 0) - (closed[1006] ?? 0)).toBe(attackers.length);
  },
  control: [
    'who answers the Pings stays, and without a heartbeat nobody is found out',
    async () => {
      const victim = await Victim.start({ server: QUICK_HEARTBEAT });
      const attacker = await Attacker.open(victim);
      for (let answered = 0; answered < 5; answered++) {
        const { payload } = await attacker.expect(PING);
        attacker.send(frame(PONG, payload));
      }
      expect((await victim.report()).clients).toBe(1);
      await attacker.leave();
      const deaf = await Victim.start({ server: { heartbeat: false } });
      const way = await swallowingWay(deaf);
      await Attacker.open(way);
      way.swallow();
      // A neighbour with a heartbeat of the same times has found out a silent peer five times over.
      for (let count = 0; count < 5; count++) await silenceIsOver(victim);
      expect((await deaf.report()).clients).toBe(1);
    },
  ],
});

/** Waits until `victim` has ended a connection for its silence. */
async function silenceIsOver(victim: Victim): Promise<void> {
  const silent = await Attacker.open(victim);
  await silent.rest();
  silent.socket.destroy();
}

const ROUNDS = 100;
const OFFER = { lines: ['Sec-WebSocket-Extensions: permessage-deflate'] };

attack('N2', {
  victim: { server: { perMessageDeflate: { threshold: 0 } } },
  // Ten at once have a message and a half of 500,000 bytes on their way in, and as much on the way out.
  bound: 64 * MIB,
  async run(victim) {
    const before = await victim.report();
    const large = frame(BINARY, Buffer.alloc(500_000));
    const compressed = frame(TEXT, Buffer.from('4a4c04010000', 'hex'), { rsv1: true, fin: false });
    const moments: [string, (attacker: Attacker) => void][] = [
      ['in a header', (attacker) => attacker.send(large.subarray(0, 3))],
      ['in a payload', (attacker) => attacker.send(large.subarray(0, 70_000))],
      ['in a message', (attacker) => attacker.send(frame(TEXT, 'a', { fin: false }))],
      ['in a compressed message', (attacker) => attacker.send(compressed)],
      [
        'while the echo is written',
        (attacker) => attacker.socket.pause().write(Buffer.concat([large, large.subarray(0, 250_000)])),
      ],
      ['behind a Close', (attacker) => attacker.send(frame(CLOSE))],
    ];
    for (const [, act] of moments) {
      for (let round = 0; round < ROUNDS; round += 10) {
        const attackers = await Attacker.crowd(victim, 10, OFFER);
        for (const attacker of attackers) {
          act(attacker);
          attacker.reset();
        }
      }
    }
    const after = await victim.until(({ clients }) => clients === 0);
    const ended = (report: typeof after): number => Object.values(report.closed).reduce((sum, count) => sum + count, 0);
    expect(after.opened - before.opened).toBe(moments.length * ROUNDS);
    // 'close' came once for each of them.
    expect(ended(after)).toBe(after.opened);
  },
  control: [
    'a polite end is told apart',
    async () => {
      const victim = await Victim.start();
      const attacker = await Attacker.open(victim);
      await attacker.leave();
      expect((await victim.until(({ clients }) => clients === 0)).closed).toEqual({ 1000: 1 });
    },
  ],
});

attack('N3', {
  bound: 8 * MIB,
  async run(victim) {
    for (const bytes of [Buffer.alloc(0), frame(TEXT, 'a', { fin: false }), frame(BINARY, 'abc').subarray(0, 4)]) {
      const attacker = await Attacker.open(victim);
      attacker.socket.end(bytes);
      // Our side ends too, and without a Close of its own.
      expect(await attacker.next()).toBeUndefined();
    }
    const { closed } = await victim.until(({ clients }) => clients === 0);
    expect(closed[1006]).toBeGreaterThanOrEqual(3);
    expect(closed[1005]).toBeUndefined();
  },
  control: [
    'with a Close first it is a clean end',
    async () => {
      const victim = await Victim.start();
      const attacker = await Attacker.open(victim);
      attacker.socket.end(frame(CLOSE));
      expect(await attacker.closeCode()).toBeUndefined();
      expect((await victim.until(({ clients }) => clients === 0)).closed).toEqual({ 1005: 1 });
    },
  ],
});

attack('N4', {
  victim: { server: { closeTimeout: 300 } },
  bound: 8 * MIB,
  async run(victim) {
    const attackers = await Attacker.crowd(victim, 20);
    await victim.ask({ ask: 'close', code: 4000 });
    for (const attacker of attackers) {
      await attacker.expect(CLOSE);
      // It reads on, says things, and never answers; the end comes all the same.
      attacker.send(frame(TEXT, 'not yet'));
      expect(await attacker.next()).toBeUndefined();
      attacker.socket.destroy();
    }
    const { closed } = await victim.until(({ clients }) => clients === 0);
    expect(closed[1006]).toBeGreaterThanOrEqual(attackers.length);
  },
  control: [
    'who answers late, but in time, has closed cleanly',
    async () => {
      const victim = await Victim.start({ server: { closeTimeout: 30_000 } });
      const attacker = await Attacker.open(victim);
      await victim.ask({ ask: 'close', code: 4000 });
      const { payload } = await attacker.expect(CLOSE);
      attacker.send(frame(TEXT, 'not yet'));
      await isServed(victim);
      expect(attacker.isEnded).toBe(false);
      attacker.send(frame(CLOSE, payload));
      attacker.socket.end();
      expect((await victim.until(({ clients }) => clients === 0)).closed[4000]).toBe(1);
    },
  ],
});

attack('N5', {
  victim: { server: { ...QUICK_HEARTBEAT, messageTimeout: 500, closeTimeout: 500 } },
  bound: 16 * MIB,
  async run(victim) {
    const twin = await Victim.start(victim.options);
    const attackers = await Attacker.crowd(victim, 50);
    // Honest ones: each Ping is answered.
    for (const attacker of attackers) answerPings(attacker);
    process.kill(victim.pid, 'SIGSTOP');
    // Its twin has meanwhile ended six peers, one after the other, for saying nothing.
    for (let count = 0; count < 6; count++) await silenceIsOver(twin);
    process.kill(victim.pid, 'SIGCONT');
    // And so has it, once it was back: all of its limits have had the time to strike.
    for (let count = 0; count < 2; count++) await silenceIsOver(victim);
    expect((await victim.report()).clients).toBe(attackers.length);
    for (const attacker of attackers) attacker.reset();
  },
  control: [
    'who does not answer is ended after the standstill as before it',
    async () => {
      const victim = await Victim.start({ server: QUICK_HEARTBEAT });
      const silent = await Attacker.open(victim);
      process.kill(victim.pid, 'SIGSTOP');
      process.kill(victim.pid, 'SIGCONT');
      await silent.rest();
      expect((await victim.until(({ clients }) => clients === 0)).closed).toEqual({ 1006: 1 });
    },
  ],
});

function answerPings(attacker: Attacker): void {
  attacker.socket.on('data', () => {
    for (const { opcode, payload } of attacker.frames.splice(0)) {
      if (opcode === PING) attacker.send(frame(PONG, payload));
    }
  });
}

/** Node itself has some twenty open, and while it loads modules more. */
const FEW = 512;

attack('N6', {
  victim: { descriptors: FEW },
  bound: 16 * MIB,
  async run(victim) {
    const sockets: Socket[] = [];
    for (let count = 0; count < 2 * FEW; count++) sockets.push(await dial(victim));
    // The kernel has taken them all; the process has no descriptors for them.
    await victim.until(({ descriptors }) => descriptors >= FEW - 1);
    for (const socket of sockets) socket.resetAndDestroy();
    await Promise.all(sockets.map((socket) => (socket.closed ? undefined : once(socket, 'close'))));
  },
  control: [
    'with enough descriptors as many are all let in',
    async () => {
      const victim = await Victim.start({});
      const attackers = await Attacker.crowd(victim, 2 * FEW);
      expect((await victim.report()).clients).toBe(attackers.length);
    },
  ],
});
