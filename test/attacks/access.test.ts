// Who may connect, and how often: row A4 of the table.
import { expect } from 'vitest';
import { openingRequest } from '../server/raw-client.ts';
import { Caller } from './caller.ts';
import { isServed } from './honest.ts';
import { attack, MIB, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

/** Addresses of attackers; honest clients come from 127.0.0.1. */
const [ONE, OTHER, PROXY] = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
/** Connections that an address may have. */
const MOST = 10;
/** On a socket of both families every IPv4 address comes in the clothes of IPv6. */
const LIMITED = { host: '::', maxConnectionsPerIp: MOST };
const BEHIND_PROXY = { ...LIMITED, trustProxy: [PROXY] };
/** Times that an attacker connects and goes away again, in each of its ways. */
const CYCLES = 100;
/** Networks of which an attacker has an address: more connections than a table by address could hold for each. */
const NETWORKS = 1_000;

const forwarded = (list: string): string => openingRequest([`X-Forwarded-For: ${list}`]);
const many = (count: number, request = openingRequest()): string[] => Array.from({ length: count }, () => request);

/** Opens a connection for each request, all at once; tells how many were let in, and lets them go. */
async function letIn(victim: Victim, from: string, requests: readonly string[]): Promise<number> {
  const { descriptors } = await victim.report();
  const callers: Caller[] = [];
  for (const request of requests) {
    const caller = await Caller.dial(victim, { from });
    caller.send(request);
    await caller.answered();
    expect([101, 429], caller.answer).toContain(caller.status);
    callers.push(caller);
  }
  // They have what they get: others are served all the same.
  await isServed(victim);
  for (const caller of callers) await caller.leave();
  await victim.until((report) => report.descriptors <= descriptors);
  return callers.filter(({ status }) => status === 101).length;
}

/** The ways in which a connection can end while it is counted. */
const WAYS: readonly ((caller: Caller) => unknown)[] = [
  () => {},
  (caller) => caller.send('GET /half'),
  (caller) => caller.send(openingRequest([], 'POST / HTTP/1.1')),
  (caller) => caller.send(openingRequest(['Origin: http://evil.example'])),
  (caller) => caller.send(openingRequest()),
  (caller) => caller.send(`${openingRequest()}\x83\x80\0\0\0\0`),
];

/** Connects and goes away, by an end, a reset, or both ends. */
async function come(victim: Victim, from: string): Promise<void> {
  const { descriptors } = await victim.report();
  for (const way of WAYS) {
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const caller = await Caller.dial(victim, { from, isStubborn: true });
      way(caller);
      if (cycle % 3 === 0) caller.socket.resetAndDestroy();
      else if (cycle % 3 === 1) caller.socket.destroy();
      else caller.socket.end();
    }
  }
  await victim.until((report) => report.descriptors <= descriptors);
}

attack('A4', {
  victim: { server: LIMITED },
  bound: 24 * MIB,
  async run(victim) {
    expect(await letIn(victim, ONE, many(3 * MOST))).toBe(MOST);
    expect(await letIn(victim, '::1', many(3 * MOST))).toBe(MOST);
    // What a client says about its own address is believed by nobody.
    const spoofed = Array.from({ length: 3 * MOST }, (_, index) => forwarded(`10.0.0.${index}`));
    expect(await letIn(victim, ONE, spoofed)).toBe(MOST);

    const holders = await Caller.crowd(victim, MOST, { from: ONE });
    // Before anything is read: this one says nothing.
    const late = await Caller.dial(victim, { from: ONE });
    await late.ended;
    expect(late.status).toBe(429);
    // Each address has a count of its own, in whatever clothes it comes.
    expect(await letIn(victim, OTHER, many(3 * MOST))).toBe(MOST);
    for (const holder of holders) await holder.leave();

    // Whatever way a connection takes, it is given back once: not a place is lost, and none is won.
    await come(victim, ONE);
    expect(await letIn(victim, ONE, many(3 * MOST))).toBe(MOST);

    const proxied = await Victim.start({ server: BEHIND_PROXY });
    const { growth } = await suffer(proxied, async () => {
      const prefix = Array.from({ length: 3 * MOST }, (_, index) => forwarded(`2001:db8:0:1:${index}::7`));
      expect(await letIn(proxied, PROXY, prefix)).toBe(MOST);
      const clothes = Array.from({ length: 3 * MOST }, (_, index) =>
        forwarded(['192.0.2.1', '::ffff:192.0.2.1', '::ffff:c000:201', '[::ffff:192.0.2.1]:80'][index % 4] as string),
      );
      expect(await letIn(proxied, PROXY, clothes)).toBe(MOST);
      // Only the entry that the proxy wrote itself counts.
      const invented = Array.from({ length: 3 * MOST }, (_, index) => forwarded(`10.0.0.${index}, 192.0.2.1`));
      expect(await letIn(proxied, PROXY, invented)).toBe(MOST);
      // Who names no address is the proxy itself, and that has no more than others.
      for (const list of ['unknown', '', ',', '_hidden', '1.2.3', `x${',1.2.3.4x'.repeat(1_000)}`]) {
        expect(await letIn(proxied, PROXY, many(3 * MOST, forwarded(list))), list.slice(0, 20)).toBe(MOST);
      }
      // From anywhere else the field says nothing.
      expect(await letIn(proxied, ONE, spoofed)).toBe(MOST);
      for (let network = 0; network < NETWORKS; network++) {
        const address = `2001:db8:${network.toString(16)}::1`;
        expect(await Caller.status(proxied, forwarded(address), { from: PROXY }), address).toBe(101);
      }
    });
    expect(growth).toBeLessThanOrEqual(24 * MIB);
  },
  control: [
    'without the limit all of them are let in',
    async () => {
      const victim = await Victim.start({ server: { ...LIMITED, maxConnectionsPerIp: 0 } });
      await suffer(victim, async () => {
        expect(await letIn(victim, ONE, many(3 * MOST))).toBe(3 * MOST);
      });
    },
  ],
});
