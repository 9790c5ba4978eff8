// Blocks of addresses: IPv4 and IPv6 apart, mapped addresses as the IPv4 they stand for.
import { describe, expect, test } from 'vitest';
import { AddressSet, foldAddress, isAddress } from '../../src/transport/address-set.ts';

describe('foldAddress', () => {
  test.each([
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ['::ffff:102:304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    ['::1', '::1'],
    ['2001:0DB8:0:0::0001', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['', ''],
    ['no address', 'no address'],
    ['not:an:address', 'not:an:address'],
  ])('makes one spelling of %j', (address, folded) => {
    expect(foldAddress(address)).toBe(folded);
  });
});

test.each([
  ['1.2.3.4', true],
  ['::1', true],
  ['1.2.3', false],
  ['1.2.3.4:80', false],
  ['', false],
])('isAddress(%j) is %s', (text, verdict) => {
  expect(isAddress(text)).toBe(verdict);
});

describe('a set of addresses', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['fd00::/8', 'fd12:3456::1', true],
    ['FD00::/8', 'fd12:3456::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['fe80::1%eth0/128', 'fe80::1', true],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    // IPv4 and IPv6 are told apart: whoever trusts all of IPv6 has not trusted IPv4.
    ['::/0', '8.8.8.8', false],
    ['10.0.0.0/8', 'not an address', false],
    ['10.0.0.0/8', '', false],
  ])('of %s has %s: %s', (block, address, verdict) => {
    expect(new AddressSet([block]).has(address)).toBe(verdict);
  });

  test('of several blocks has what any of them has', () => {
    const set = new AddressSet(['10.0.0.0/8', '127.0.0.1', '::1']);
    expect(['10.1.1.1', '127.0.0.1', '::1'].every((address) => set.has(address))).toBe(true);
    expect(set.has('127.0.0.2')).toBe(false);
    expect(new AddressSet([]).has('127.0.0.1')).toBe(false);
  });

  test.each([
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8.0',
    '10.0.0.0/0x8',
    '10.0.0/8',
    '::/129',
    'example.com',
    '',
    '/8',
    // CVE-2026-90711: shorter than the part that all mapped addresses have in common, it would trust all of IPv4.
    '::ffff:10.0.0.0/8',
    '::ffff:10.0.0.0/95',
    '::ffff:a00:0/8',
  ])('refuses the block %j', (block) => {
    expect(() => new AddressSet([block])).toThrow(/expected an address or a CIDR block/);
  });
});
