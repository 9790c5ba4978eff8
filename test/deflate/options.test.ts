// The options of an application: completed, and refused at once when they are wrong.
import { describe, expect, test } from 'vitest';
import {
  deflateSettingsOf,
  inflateSettingsOf,
  normaliseOptions,
  type PerMessageDeflateOptions,
} from '../../src/deflate/options.ts';

describe('defaults', () => {
  const DEFAULTS = {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: true,
    clientMaxWindowBits: true,
    deflateSettings: {},
    inflateSettings: {},
    threshold: 1024,
    concurrencyLimit: 10,
  };

  // RFC 7692 §7.3(a), §8(a)
  test('nobody remembers anything, windows are as the peer wants them, 1 KiB and ten jobs', () => {
    expect(normaliseOptions()).toEqual(DEFAULTS);
    expect(normaliseOptions({})).toEqual(DEFAULTS);
  });

  test('undefined is as good as left out', () => {
    const names = ['serverMaxWindowBits', 'clientNoContextTakeover', 'threshold', 'zlibDeflateOptions'];
    expect(normaliseOptions(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual(DEFAULTS);
  });
});

test('everything that is given is kept', () => {
  const options: PerMessageDeflateOptions = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 10,
    clientMaxWindowBits: false,
    zlibDeflateOptions: { level: 9, memLevel: 7, strategy: 2, chunkSize: 1024, windowBits: 3, flush: 1 },
    zlibInflateOptions: { chunkSize: 64, level: 77 },
    threshold: 0,
    concurrencyLimit: Number.POSITIVE_INFINITY,
  };
  expect(normaliseOptions(options)).toEqual({
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 10,
    clientMaxWindowBits: false,
    deflateSettings: { level: 9, memLevel: 7, strategy: 2, chunkSize: 1024 },
    inflateSettings: { chunkSize: 64 },
    threshold: 0,
    concurrencyLimit: Number.POSITIVE_INFINITY,
  });
});

describe('a mistake of the caller is thrown at once', () => {
  test.each([
    ['options', null],
    ['options', true],
    ['serverNoContextTakeover', { serverNoContextTakeover: 1 }],
    ['clientNoContextTakeover', { clientNoContextTakeover: 'yes' }],
    ['serverMaxWindowBits', { serverMaxWindowBits: '9' }],
    ['clientMaxWindowBits', { clientMaxWindowBits: null }],
    ['threshold', { threshold: '1024' }],
    ['concurrencyLimit', { concurrencyLimit: '10' }],
    ['zlibDeflateOptions', { zlibDeflateOptions: 9 }],
    ['zlibDeflateOptions', { zlibDeflateOptions: null }],
    ['zlibInflateOptions', { zlibInflateOptions: 'fast' }],
    ['dictionary', { zlibDeflateOptions: { dictionary: Buffer.from('a') } }],
    ['dictionary', { zlibInflateOptions: { dictionary: Buffer.from('a') } }],
  ])('%s: %j has the wrong type', (name, options) => {
    const call = () => normaliseOptions(options as PerMessageDeflateOptions);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(name);
  });

  test.each([
    ['serverMaxWindowBits', { serverMaxWindowBits: 7 }],
    ['clientMaxWindowBits', { clientMaxWindowBits: 16 }],
    ['clientMaxWindowBits', { clientMaxWindowBits: 9.5 }],
    ['threshold', { threshold: -1 }],
    ['threshold', { threshold: Number.NaN }],
    ['concurrencyLimit', { concurrencyLimit: 0 }],
    ['concurrencyLimit', { concurrencyLimit: 1.5 }],
    ['concurrencyLimit', { concurrencyLimit: Number.NaN }],
    ['level', { zlibDeflateOptions: { level: 10 } }],
    ['level', { zlibDeflateOptions: { level: -2 } }],
    ['memLevel', { zlibDeflateOptions: { memLevel: 0 } }],
    ['strategy', { zlibDeflateOptions: { strategy: 5 } }],
    ['chunkSize', { zlibDeflateOptions: { chunkSize: 63 } }],
    ['chunkSize', { zlibInflateOptions: { chunkSize: 100.5 } }],
  ])('%s: %j is out of range', (name, options) => {
    const call = () => normaliseOptions(options);
    expect(call).toThrow(RangeError);
    expect(call).toThrow(name);
  });
});

test('without zlib options there are no settings', () => {
  expect(deflateSettingsOf()).toEqual({});
  expect(inflateSettingsOf()).toEqual({});
});
