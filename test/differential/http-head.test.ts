// The same octets to our parser and to a real http.Server over a real socket: where the two readings differ, the
// difference is on a closed list with its reason. What we answer with 101, node:http always reads as an upgrade too,
// octet for octet.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  HeadProgress,
  isHandshakeRefusal,
  isUpgrade,
  RequestHeadParser,
  readOpeningHandshake,
} from '../../src/handshake/index.ts';
import { ATTACKS } from '../handshake/attacks.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';
import { NodeHttpOracle, type Reading } from './node-http.ts';
import { request } from './requests.ts';

/**
 * The readings on the list are those of this major version. Another one may have come nearer to us, and not gone
 * farther.
 */
const MEASURED_ON = 20;
const MAJOR = Number(process.versions.node.split('.', 1)[0]);

const RANDOM_REQUESTS = 3000;

/** Our reading, and the name of the row when we refuse. */
interface OurReading extends Reading {
  readonly row?: string;
}

function readOurselves(wire: string): OurReading {
  const parser = new RequestHeadParser();
  const progress = parser.push(Buffer.from(wire, 'latin1'));
  if (progress === HeadProgress.Incomplete) return { as: 'incomplete' };
  if (progress === HeadProgress.Refused) return { as: 'refused', row: parser.refusal.name };
  const { method, target, fields } = parser.head;
  const head = [method, target, ...fields.raw()];
  if (!isUpgrade(parser.head)) return { as: 'ordinary', head };
  const opening = readOpeningHandshake(parser.head);
  if (isHandshakeRefusal(opening)) return { as: 'refused', row: opening.name };
  return { as: 'upgrade', head, rest: parser.rest.toString('latin1') };
}

/** What is wrong with two readings of `wire`: `undefined` when they agree or differ in a way that is on the list. */
function complaint(wire: string, ours: OurReading, node: Reading): string | undefined {
  if (ours.as === node.as) {
    const sameHead = JSON.stringify(ours.head) === JSON.stringify(node.head);
    if (!sameHead) return `read the head as ${JSON.stringify(ours.head)}, node:http as ${JSON.stringify(node.head)}`;
    return ours.rest === node.rest ? undefined : 'found another rest behind the head than node:http';
  }
  const name = ours.row ?? ours.as;
  const isKnown = KNOWN_DIFFERENCES.some(
    (known) =>
      known.ours === name && (ours.as === 'refused' || known.node === node.as) && (known.only?.test(wire) ?? true),
  );
  return isKnown ? undefined : `${name}, node:http: ${node.as}: a difference that is not on the list`;
}

let oracle: NodeHttpOracle;

beforeAll(async () => {
  oracle = await NodeHttpOracle.listen();
});

afterAll(async () => {
  await oracle.close();
});

describe('a listed difference is there', () => {
  test.each(KNOWN_DIFFERENCES.map((known) => [known.ours, known] as const))(
    '%s',
    async (_name, { ours, node, wire, only }) => {
      const ourReading = readOurselves(wire);
      expect(ourReading.row ?? ourReading.as).toBe(ours);
      if (only !== undefined) expect(wire).toMatch(only);
      const nodeReading = await oracle.read(wire);
      const allowed = MAJOR === MEASURED_ON ? [node] : [node, ourReading.as];
      expect(allowed).toContain(nodeReading.as);
    },
  );
});

describe('no other difference is there', () => {
  test.each(ATTACKS)('in %s', async (_name, wire) => {
    expect(complaint(wire, readOurselves(wire), await oracle.read(wire))).toBeUndefined();
  });

  test(`in ${RANDOM_REQUESTS} requests with a few things wrong`, { timeout: 120_000 }, async () => {
    const seen = { upgrade: 0, ordinary: 0, refused: 0, incomplete: 0 };
    await fc.assert(
      fc.asyncProperty(request, async (wire) => {
        const ours = readOurselves(wire);
        seen[ours.as]++;
        expect(complaint(wire, ours, await oracle.read(wire)), JSON.stringify(wire)).toBeUndefined();
      }),
      { numRuns: RANDOM_REQUESTS },
    );
    // The requests are no good if all of them are refused.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  });

  test('and no listed one would excuse a 101', () => {
    expect(KNOWN_DIFFERENCES.map(({ ours }) => ours)).not.toContain('upgrade');
  });
});

describe('the comparison can fail', () => {
  test('on a reading that is not on the list', () => {
    expect(complaint('', { as: 'upgrade' }, { as: 'refused' })).toMatch(/not on the list/);
    expect(complaint('', { as: 'refused', row: 'ObsoleteFold' }, { as: 'upgrade' })).toMatch(/not on the list/);
    expect(complaint('GET / HTTP/1.1\n', { as: 'refused', row: 'BareLineFeed' }, { as: 'upgrade' })).toMatch(
      /not on the list/,
    );
  });

  test('on another head, on another rest', () => {
    expect(complaint('', { as: 'ordinary', head: ['GET', '/a'] }, { as: 'ordinary', head: ['GET', '/b'] })).toMatch(
      /head/,
    );
    expect(complaint('', { as: 'upgrade', rest: 'a' }, { as: 'upgrade', rest: '' })).toMatch(/rest/);
  });
});
