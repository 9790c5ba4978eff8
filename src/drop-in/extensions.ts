// The `extensions` argument of a Receiver and a Sender: an object that holds a PerMessageDeflate under its name.
import { PerMessageDeflate } from './permessage-deflate.ts';

/** The extensions that were agreed, by name. */
export type NegotiatedExtensions = Readonly<Record<string, unknown>>;

/**
 * permessage-deflate, if it was agreed.
 *
 * @throws TypeError when it is not a {@link PerMessageDeflate} of this package.
 */
export function permessageDeflateOf(extensions: NegotiatedExtensions | undefined): PerMessageDeflate | undefined {
  const extension = extensions?.[PerMessageDeflate.extensionName];
  if (extension === undefined || extension instanceof PerMessageDeflate) return extension;
  throw new TypeError(`extensions['${PerMessageDeflate.extensionName}'] must be a PerMessageDeflate of this package`);
}
