import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKey, clientAddress } from '../../src/server/client-address.ts';
import { AddressSet } from '../../src/transport/index.ts';

const trusted = new AddressSet(['10.0.0.0/8', 'fd00::/8']);

describe('clientAddress', () => {
  it('is the other end of the socket where no proxy is trusted, whatever X-Forwarded-For says', () => {
    expect(clientAddress('10.0.0.1', '1.2.3.4', undefined)).toBe('10.0.0.1');
  });

  it('is the other end of the socket where that is not a trusted proxy', () => {
    expect(clientAddress('192.0.2.1', '1.2.3.4', trusted)).toBe('192.0.2.1');
  });

  it.each([
    ['one proxy', '1.2.3.4', '1.2.3.4'],
    ['a chain of proxies, read from the right', '1.2.3.4, 10.0.0.3, 10.0.0.2', '1.2.3.4'],
    ['what a client wrote itself', '6.6.6.6, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
    ['a port', '1.2.3.4:5678', '1.2.3.4'],
    ['an IPv6 address in brackets with a port', '[2001:db8::1]:443', '2001:db8::1'],
    ['an IPv6 address', '2001:db8::1', '2001:db8::1'],
    ['an IPv4 address in IPv6 clothing', '::ffff:1.2.3.4', '1.2.3.4'],
    ['the same in hexadecimal', '::ffff:102:304', '1.2.3.4'],
    ['proxies over IPv6', '1.2.3.4, fd00::2', '1.2.3.4'],
    ['only trusted proxies', '10.0.0.4, 10.0.0.3', '10.0.0.4'],
  ])('is what the trusted proxies vouch for: %s', (_case, forwardedFor, address) => {
    expect(clientAddress('10.0.0.1', forwardedFor, trusted)).toBe(address);
  });

  it.each(['', 'unknown', '_hidden', 'unknown, 10.0.0.2', '1.2.3.4, unknown', '[', '[]', ',,,', '999.1.1.1', '1.2.3'])(
    'is the last address that can be believed, of %j',
    (forwardedFor) => {
      expect(['10.0.0.1', '10.0.0.2']).toContain(clientAddress('10.0.0.1', forwardedFor, trusted));
    },
  );

  it('does not read a list without end', () => {
    const endless = `6.6.6.6, ${'10.0.0.2, '.repeat(10_000)}10.0.0.3`;
    expect(clientAddress('10.0.0.1', endless, trusted)).toBe('10.0.0.2');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (forwardedFor) => typeof clientAddress('10.0.0.1', forwardedFor, trusted) === 'string'),
    );
  });
});

describe('addressKey', () => {
  it('is the address itself for IPv4', () => {
    expect(addressKey('192.0.2.1')).toBe('192.0.2.1');
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
  ])('is the /64 of %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  it('is the same for all of a /64, and another for its neighbour', () => {
    fc.assert(
      fc.property(
        fc.ipV6(),
        fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 }),
        (_, tail) => {
          const host = tail.map((group) => group.toString(16)).join(':');
          expect(addressKey(`2001:db8:0:1:${host}`)).toBe('2001:db8:0:1::/64');
          expect(addressKey(`2001:db8:0:2:${host}`)).toBe('2001:db8:0:2::/64');
        },
      ),
    );
  });
});
