// Who a connection is from, for limits by address: the peer of the socket, or what trusted proxies say about it. IPv6 is
// counted by /64, because that is what one customer gets; an IPv4 address in IPv6 clothing is the IPv4 address.
import { type AddressSet, foldAddress, isAddress } from '../transport/index.ts';

/** A list of more hops than this is not from a real chain of proxies. */
const MAX_HOPS = 64;
const IPV6_GROUPS = 8;
/** A /64 is the first four of the eight groups. */
const PREFIX_GROUPS = 4;

/**
 * The client's address.
 *
 * @param peer the address of the socket's other end.
 * @param forwardedFor the value of `X-Forwarded-For`, read from the right: each trusted proxy vouches for the entry
 *   before its own, and the first that is not trusted is the client.
 * @param trusted the proxies that are believed.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: AddressSet | undefined,
): string {
  let address = foldAddress(peer ?? '');
  if (trusted === undefined || forwardedFor === undefined || !trusted.has(address)) return address;
  let end = forwardedFor.length;
  for (let hop = 0; hop < MAX_HOPS && end > 0; hop++) {
    const comma = forwardedFor.lastIndexOf(',', end - 1);
    const entry = withoutPort(forwardedFor.slice(comma + 1, end).trim());
    end = comma;
    // Something else than an address: nothing to its left can be believed.
    if (!isAddress(entry)) return address;
    address = foldAddress(entry);
    if (!trusted.has(address)) return address;
  }
  return address;
}

/** What connections from `address` are counted under. */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const [before = '', after] = address.toLowerCase().split('::');
  const head = before === '' ? [] : before.split(':');
  if (after !== undefined) {
    const tail = after === '' ? 0 : after.split(':').length;
    while (head.length < IPV6_GROUPS - tail) head.push('0');
    if (tail > 0) head.push(...after.split(':'));
  }
  const prefix = head.slice(0, PREFIX_GROUPS).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${prefix.join(':')}::/64`;
}

/** `1.2.3.4:5678` and `[::1]:5678` as some proxies write them. */
function withoutPort(entry: string): string {
  if (entry.startsWith('[')) return entry.slice(1, Math.max(1, entry.indexOf(']')));
  const colon = entry.indexOf(':');
  return colon !== -1 && colon === entry.lastIndexOf(':') ? entry.slice(0, colon) : entry;
}
