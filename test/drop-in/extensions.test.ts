// The object in which `ws` hands the agreed extensions around.
import { describe, expect, it } from 'vitest';
import { permessageDeflateOf } from '../../src/drop-in/extensions.ts';
import { PerMessageDeflate } from '../../src/drop-in/permessage-deflate.ts';

describe('the extensions of a connection', () => {
  it('are none when nothing was agreed', () => {
    expect(permessageDeflateOf(undefined)).toBeUndefined();
    expect(permessageDeflateOf({})).toBeUndefined();
    expect(permessageDeflateOf({ 'x-other': {} })).toBeUndefined();
  });

  it('hold permessage-deflate under its name', () => {
    const extension = new PerMessageDeflate();
    expect(permessageDeflateOf({ 'permessage-deflate': extension })).toBe(extension);
  });

  it('are refused when that is of somebody else', () => {
    expect(() => permessageDeflateOf({ 'permessage-deflate': { params: {} } })).toThrow(TypeError);
  });
});
