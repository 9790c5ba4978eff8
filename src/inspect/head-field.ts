// What the fields of an opening handshake are for: RFC 6455 §4 and §11.3, in words for somebody who sees one for the first
// time. Names are looked up in a Map: a peer may call a field `__proto__`.

/** One field of a head in words. */
export interface HeadFieldMeaning {
  readonly meaning: string;
  readonly section: string;
}

const MEANINGS: ReadonlyMap<string, HeadFieldMeaning> = new Map(
  Object.entries({
    host: { meaning: 'which host the client wants to talk to', section: 'RFC 6455 §4.1' },
    upgrade: { meaning: 'the protocol to change to', section: 'RFC 6455 §4.1' },
    connection: { meaning: 'Upgrade concerns this connection alone, not the whole way', section: 'RFC 6455 §4.1' },
    origin: {
      meaning: 'the site whose page opens the connection; a server keeps the pages of other sites out by it',
      section: 'RFC 6455 §10.2',
    },
    'sec-websocket-key': {
      meaning: '16 random bytes in base64: the answer must prove that it was read',
      section: 'RFC 6455 §11.3.1',
    },
    'sec-websocket-accept': {
      meaning: 'the proof: SHA-1 of the key and a fixed text, in base64',
      section: 'RFC 6455 §11.3.3',
    },
    'sec-websocket-version': { meaning: 'the version of the protocol; there is only 13', section: 'RFC 6455 §11.3.5' },
    'sec-websocket-protocol': {
      meaning: 'subprotocols: what the messages will mean; offered by the client, one chosen by the server',
      section: 'RFC 6455 §11.3.4',
    },
    'sec-websocket-extensions': {
      meaning: 'extensions: offered by the client, accepted by the server, or left out',
      section: 'RFC 6455 §11.3.2',
    },
    'user-agent': { meaning: 'the program that asks', section: 'RFC 9110 §10.1.5' },
    'cache-control': { meaning: 'no answer out of a cache will do', section: 'RFC 9111 §5.2' },
    pragma: { meaning: 'the same for caches of old', section: 'RFC 9111 §5.4' },
    'accept-encoding': { meaning: 'codings of bodies; an opening handshake has none', section: 'RFC 9110 §12.5.3' },
    'accept-language': { meaning: 'languages that the person reads', section: 'RFC 9110 §12.5.4' },
    cookie: { meaning: 'what the site has stored in the browser', section: 'RFC 6265 §4.2' },
  } satisfies Record<string, HeadFieldMeaning>),
);

const UNKNOWN: HeadFieldMeaning = { meaning: 'the handshake does not need it', section: 'RFC 9110 §5' };

/** What the field `name` is for, in whatever case it is written. */
export function meaningOfHeadField(name: string): HeadFieldMeaning {
  return MEANINGS.get(name.toLowerCase()) ?? UNKNOWN;
}
