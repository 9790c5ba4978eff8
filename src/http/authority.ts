// The authority of a URI as HTTP uses it: `uri-host [ ":" port ]`, the value of Host and the middle of an absolute
// target. RFC 9110 §4.2 and §7.2, RFC 3986 §3.2. Accepts no userinfo (RFC 9110 §4.2.4), no IPvFuture and no IPv6 zone.
// Never builds a URL object and never throws: one walk over the characters.
import { COLON, consistsOf, DIGIT, DOT, HEXDIG, LEFT_BRACKET, OCTET_CLASS, PERCENT, REG_NAME } from '../bytes/ascii.ts';

/** The longest host accepted, in characters: a domain name has at most 253 (RFC 1035 §2.3.4), here with some room. */
export const MAX_HOST_LENGTH = 255;

const MAX_PORT = 65_535;
const MAX_PORT_DIGITS = 5;
/** An IPv6 address is eight groups of 16 bits. */
const IPV6_GROUPS = 8;
const MAX_GROUP_DIGITS = 4;

/**
 * True when `text` is a host with or without a port: `example.com`, `127.0.0.1:80`, `[::1]:8080`.
 *
 * The empty text is not: RFC 9112 §3.2 allows an empty Host only for a target URI without an authority, and every
 * `http`, `https`, `ws` and `wss` URI has one.
 */
export function isAuthority(text: string): boolean {
  if (text.length === 0) return false;
  const hostEnd = text.charCodeAt(0) === LEFT_BRACKET ? endOfIpLiteral(text) : endOfRegisteredName(text);
  if (hostEnd <= 0 || hostEnd > MAX_HOST_LENGTH) return false;
  return hostEnd === text.length || (text.charCodeAt(hostEnd) === COLON && isPort(text.slice(hostEnd + 1)));
}

/** `port = *DIGIT` (RFC 3986 §3.2.3): empty means the default of the scheme. */
function isPort(text: string): boolean {
  return text.length <= MAX_PORT_DIGITS && consistsOf(text, DIGIT) && Number(text) <= MAX_PORT;
}

/** Offset after `reg-name` or `IPv4address`, which is a `reg-name` too; -1 when a "%" begins no octet. */
function endOfRegisteredName(text: string): number {
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === PERCENT) {
      if (!isHexadecimal(text, at + 1) || !isHexadecimal(text, at + 2)) return -1;
      at += 3;
    } else if ((OCTET_CLASS[code]! & REG_NAME) !== 0) {
      at++;
    } else {
      break;
    }
  }
  return at;
}

function isHexadecimal(text: string, at: number): boolean {
  return (OCTET_CLASS[text.charCodeAt(at)]! & HEXDIG) !== 0;
}

/** Offset after `"[" IPv6address "]"`, or -1. */
function endOfIpLiteral(text: string): number {
  const close = text.indexOf(']');
  return close !== -1 && isIpv6Address(text.slice(1, close)) ? close + 1 : -1;
}

/**
 * RFC 3986 §3.2.2 `IPv6address`: eight groups, of which one run of zeros may be "::" and the last two an IPv4 address.
 */
function isIpv6Address(text: string): boolean {
  let groups = 0;
  let compressed = false;
  let at = 0;
  if (text.startsWith('::')) {
    compressed = true;
    at = 2;
  }
  while (at < text.length) {
    const start = at;
    while (isHexadecimal(text, at)) at++;
    if (text.charCodeAt(at) === DOT) {
      if (!isIpv4Address(text.slice(start))) return false;
      groups += 2;
      break;
    }
    if (at === start || at - start > MAX_GROUP_DIGITS) return false;
    groups++;
    if (at === text.length) break;
    if (text.charCodeAt(at) !== COLON) return false;
    at++;
    if (text.charCodeAt(at) === COLON) {
      if (compressed) return false;
      compressed = true;
      at++;
    } else if (at === text.length) {
      return false;
    }
  }
  return compressed ? groups < IPV6_GROUPS : groups === IPV6_GROUPS;
}

/** RFC 3986 §3.2.2 `IPv4address`: four `dec-octet`, without leading zeros. */
function isIpv4Address(text: string): boolean {
  const octets = text.split('.', 5);
  return octets.length === 4 && octets.every(isDecimalOctet);
}

function isDecimalOctet(text: string): boolean {
  return text.length <= 3 && consistsOf(text, DIGIT) && text === String(Number(text)) && Number(text) <= 0xff;
}
