// Sets of addresses given as CIDR blocks, for proxies that are trusted. IPv4 and IPv6 are told apart; an IPv4 address
// written as IPv6 (::ffff:1.2.3.4) is the IPv4 address it stands for.
import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';

const IPV4_BITS = 32;
const IPV6_BITS = 128;
/** RFC 4291 §2.5.5.2: an IPv4-mapped address is 96 fixed bits and 32 of IPv4. */
const MAPPED_PREFIX_BITS = 96;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Folds an IPv4-mapped IPv6 address into the IPv4 address, drops an IPv6 zone, and gives IPv6 its one spelling. */
export function foldAddress(address: string): string {
  if (!address.includes(':')) return address;
  const zone = address.indexOf('%');
  const bare = zone === -1 ? address : address.slice(0, zone);
  const mapped = MAPPED.exec(bare);
  if (mapped !== null) return mapped[1] as string;
  if (!isIPv6(bare)) return bare;
  // RFC 5952: small letters, no leading zeros, "::" where it belongs; and ::ffff:102:304 is a mapped address too.
  const canonical = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return MAPPED.exec(canonical)?.[1] ?? canonical;
}

/** Whether `text` is an IP address. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** Blocks of addresses. */
export class AddressSet {
  // Two lists: one alone would find every IPv4 address in ::/0.
  readonly #ipv4 = new BlockList();
  readonly #ipv6 = new BlockList();

  /**
   * @param blocks addresses, or CIDR blocks such as `10.0.0.0/8`, `fd00::/8`.
   * @throws TypeError naming a block that is none. An IPv4-mapped block shorter than 96 bits would trust all of IPv4 and
   *   is refused.
   */
  constructor(blocks: readonly string[]) {
    for (const block of blocks) this.#add(block);
  }

  /** Whether `address` is in one of the blocks; `false` for what is no address. */
  has(address: string): boolean {
    const folded = foldAddress(address);
    const family = isIP(folded);
    if (family === 0) return false;
    return family === 6 ? this.#ipv6.check(folded, 'ipv6') : this.#ipv4.check(folded, 'ipv4');
  }

  #add(block: string): void {
    const slash = block.indexOf('/');
    const address = slash === -1 ? block : block.slice(0, slash);
    const folded = foldAddress(address);
    const family = isIP(folded);
    const most = family === 6 ? IPV6_BITS : IPV4_BITS;
    let bits = most;
    if (slash !== -1) {
      const digits = block.slice(slash + 1);
      bits = /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN;
      // A mapped block counts its bits in IPv6.
      if (isIPv4(folded) && isIPv6(address)) bits -= MAPPED_PREFIX_BITS;
    }
    if (family === 0 || !(bits >= 0 && bits <= most)) {
      throw new TypeError(`expected an address or a CIDR block such as 10.0.0.0/8 or fd00::/8, got ${block}`);
    }
    if (family === 6) this.#ipv6.addSubnet(folded, bits, 'ipv6');
    else this.#ipv4.addSubnet(folded, bits, 'ipv4');
  }
}
