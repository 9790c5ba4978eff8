// The header fields of a browser, for what a request costs in practice: those that Chromium sends, in its order.
// @ts-check

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const COOKIE = 'session=c2x1aWNlIGlzIGEgZ2F0ZTsgd2F0ZXIgaXMgZGF0YQ; theme=dark';

/** Of an opening handshake, besides those that RFC 6455 §4.1 asks for. */
export const UPGRADE_FIELDS = {
  Pragma: 'no-cache',
  'Cache-Control': 'no-cache',
  'User-Agent': AGENT,
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-GB,en-US;q=0.9,en;q=0.8',
  Cookie: COOKIE,
};

/**
 * Of a fetch() or an EventSource of a page of the same origin.
 *
 * @param {number} port
 * @param {string} accept
 * @returns {Record<string, string>}
 */
export function fetchFields(port, accept) {
  return {
    Host: `127.0.0.1:${port}`,
    Connection: 'keep-alive',
    'sec-ch-ua-platform': '"Linux"',
    'User-Agent': AGENT,
    'sec-ch-ua': '"Chromium";v="140", "Not=A?Brand";v="24"',
    'sec-ch-ua-mobile': '?0',
    Accept: accept,
    'Sec-Fetch-Site': 'same-origin',
    'Sec-Fetch-Mode': 'cors',
    'Sec-Fetch-Dest': 'empty',
    Referer: `http://127.0.0.1:${port}/`,
    'Accept-Encoding': 'gzip, deflate, br, zstd',
    'Accept-Language': 'en-GB,en-US;q=0.9,en;q=0.8',
    Cookie: COOKIE,
  };
}
