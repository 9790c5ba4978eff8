// The request target and its four forms. RFC 9112 §3.2.1 to §3.2.4.
// Never decodes or normalises anything: what it returns are pieces of what came.
import { ASTERISK, equalsIgnoringCase, SLASH } from '../bytes/ascii.ts';
import { isAuthority } from './authority.ts';

/** The four forms of a request target. */
export const TargetForm = {
  /** `/path?query` */
  Origin: 'origin-form',
  /** `http://host/path?query` */
  Absolute: 'absolute-form',
  /** `host:port`, for CONNECT alone */
  Authority: 'authority-form',
  /** `*`, for OPTIONS alone */
  Asterisk: 'asterisk-form',
} as const;
export type TargetForm = (typeof TargetForm)[keyof typeof TargetForm];

/** A request target taken apart. */
export interface RequestTarget {
  readonly form: TargetForm;
  /** The scheme as it was written, without ":"; `''` unless the form is absolute. */
  readonly scheme: string;
  /** `host [":" port]`; `''` in origin-form and asterisk-form. */
  readonly authority: string;
  /**
   * Path and query, beginning with "/": the /resource name/ of RFC 6455 §3. `''` in authority-form, `'*'` in
   * asterisk-form.
   */
  readonly resource: string;
}

/**
 * The schemes that an absolute target of ours may have. RFC 6455 §4.2.1 step 1 names the HTTP ones; some clients send
 * the others.
 */
const SCHEMES = ['http', 'https', 'ws', 'wss'];

/**
 * Takes a request target apart.
 *
 * @returns `undefined` when the target has none of the four forms or not the one that `method` takes.
 */
export function readRequestTarget(method: string, target: string): RequestTarget | undefined {
  if (method === 'CONNECT') {
    if (!isAuthority(target) || !/:[0-9]+$/.test(target)) return undefined;
    return { form: TargetForm.Authority, scheme: '', authority: target, resource: '' };
  }
  const first = target.charCodeAt(0);
  if (first === SLASH) return { form: TargetForm.Origin, scheme: '', authority: '', resource: target };
  if (first === ASTERISK) {
    if (target !== '*' || method !== 'OPTIONS') return undefined;
    return { form: TargetForm.Asterisk, scheme: '', authority: '', resource: target };
  }
  return readAbsoluteForm(target);
}

function readAbsoluteForm(target: string): RequestTarget | undefined {
  const schemeEnd = target.indexOf('://');
  const scheme = target.slice(0, Math.max(schemeEnd, 0));
  if (!SCHEMES.some((known) => equalsIgnoringCase(scheme, known))) return undefined;
  const authorityStart = schemeEnd + 3;
  let authorityEnd = authorityStart;
  while (authorityEnd < target.length && target[authorityEnd] !== '/' && target[authorityEnd] !== '?') authorityEnd++;
  const authority = target.slice(authorityStart, authorityEnd);
  if (!isAuthority(authority)) return undefined;
  const rest = target.slice(authorityEnd);
  // RFC 6455 §3: the resource name of an empty path begins with "/".
  return { form: TargetForm.Absolute, scheme, authority, resource: rest.startsWith('/') ? rest : `/${rest}` };
}
