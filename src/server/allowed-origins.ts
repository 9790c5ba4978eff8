// Which pages may connect: RFC 6455 §10.2. A browser says in Origin where its page is from, and sends the user's cookies
// along, so a server that does not look lets every page in the world act for its users.

/** The default: pages from the host that they connect to. */
export const SAME_HOST = 'same-host';
/** Every page. Only right where nothing depends on who the browser is. */
export const ANY_ORIGIN = '*';

/** The option `allowedOrigins`. */
export type AllowedOrigins = typeof SAME_HOST | typeof ANY_ORIGIN | readonly string[];

/** Judges origins: §10.2(a). */
export class OriginGate {
  readonly #allowed: AllowedOrigins;
  readonly #list: ReadonlySet<string>;

  /**
   * @param allowed origins such as `https://example.com`, compared as scheme, host and port; `'null'` for pages without
   *   one (sandboxed frames, files).
   * @throws TypeError naming an entry that is no origin.
   */
  constructor(allowed: AllowedOrigins = SAME_HOST) {
    this.#allowed = allowed;
    if (typeof allowed === 'string') {
      if (allowed !== SAME_HOST && allowed !== ANY_ORIGIN) {
        throw new TypeError(
          `allowedOrigins must be '${SAME_HOST}', '${ANY_ORIGIN}' or an array of origins, got '${allowed}'`,
        );
      }
      this.#list = new Set();
      return;
    }
    if (!Array.isArray(allowed))
      throw new TypeError(`allowedOrigins must be an array of origins, got ${typeof allowed}`);
    this.#list = new Set(allowed.map(checkedOrigin));
  }

  /**
   * Whether a page of `origin` may connect to `host`.
   *
   * @param origin `undefined` when the client is no browser (§4.2.1(h)): then there is no page to keep out.
   */
  admits(origin: string | undefined, host: string): boolean {
    if (origin === undefined || this.#allowed === ANY_ORIGIN) return true;
    if (this.#allowed !== SAME_HOST) return this.#list.has(origin) || this.#list.has(normalOrigin(origin) ?? '');
    // What browsers say: no default port, small letters.
    if (isOf('https://', host, origin) || isOf('http://', host, origin)) return true;
    const normal = normalOrigin(origin);
    if (normal === undefined || normal === OPAQUE) return false;
    // The page's scheme decides which port an authority without one means.
    const scheme = normal.slice(0, normal.indexOf('//'));
    return normalOrigin(`${scheme}//${host}`) === normal;
  }
}

/** Whether `origin` is `scheme` and `host` and nothing else. Makes no string, for this is asked of every browser. */
function isOf(scheme: string, host: string, origin: string): boolean {
  return origin.length === scheme.length + host.length && origin.startsWith(scheme) && origin.endsWith(host);
}

/** RFC 6454 §7.1: what a page without an origin of its own sends. */
const OPAQUE = 'null';

/** RFC 6454 §6.2: scheme, host, port, and there it ends. More is somebody's attempt at being taken for another. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\%]+$/i;

/** Scheme, host and port in one spelling; `undefined` for what is no origin. */
function normalOrigin(origin: string): string | undefined {
  if (origin === OPAQUE) return OPAQUE;
  if (!ORIGIN.test(origin)) return undefined;
  try {
    const { protocol, host } = new URL(origin);
    return host === '' ? undefined : `${protocol}//${host}`;
  } catch {
    return undefined;
  }
}

function checkedOrigin(entry: string): string {
  const normal = typeof entry === 'string' ? normalOrigin(entry) : undefined;
  // A pattern would never match: origins are compared whole.
  if (normal === undefined || normal.includes('*')) {
    throw new TypeError(`allowedOrigins: expected an origin such as https://example.com, got ${JSON.stringify(entry)}`);
  }
  return normal;
}
