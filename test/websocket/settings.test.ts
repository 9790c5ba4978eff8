import { constants } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { amount, Defaults, type EndpointOptions, readSettings } from '../../src/websocket/settings.ts';

const SERVER = { isServer: true, nextMaskingKey: undefined, threshold: 1_024, heartbeat: true } as const;
const CLIENT = { ...SERVER, isServer: false, nextMaskingKey: () => 0, heartbeat: false } as const;
const read = (options: EndpointOptions, role: typeof SERVER | typeof CLIENT = SERVER) =>
  readSettings(options, role as never);

describe('readSettings', () => {
  it('has a heartbeat on a server, and none on a client, when nobody says', () => {
    expect(read({}).heartbeatInterval).toBe(Defaults.heartbeatInterval);
    expect(read({}, CLIENT).heartbeatInterval).toBe(0);
    expect(read({ heartbeat: true }, CLIENT).heartbeatInterval).toBe(Defaults.heartbeatInterval);
    expect(read({ heartbeat: false }).heartbeatInterval).toBe(0);
  });

  it('takes both times of the heartbeat, or one', () => {
    expect(read({ heartbeat: { interval: 5, timeout: 7 } })).toMatchObject({
      heartbeatInterval: 5,
      heartbeatTimeout: 7,
    });
    expect(read({ heartbeat: { interval: 5 } })).toMatchObject({
      heartbeatInterval: 5,
      heartbeatTimeout: Defaults.heartbeatTimeout,
    });
  });

  it('takes no message that a Buffer cannot hold, also without a limit', () => {
    expect(read({ maxPayload: 0 }).maxPayload).toBe(constants.MAX_LENGTH);
    expect(read({ maxPayload: Number.POSITIVE_INFINITY }).maxPayload).toBe(constants.MAX_LENGTH);
    expect(read({ maxPayload: 7 }).maxPayload).toBe(7);
  });

  it('turns the options of ws into its own words', () => {
    expect(read({ skipUTF8Validation: true, autoPong: false, allowSynchronousEvents: false })).toMatchObject({
      validateText: false,
      autoPong: false,
      oneAtATime: true,
    });
  });

  it.each(['close', 'drop-newest', 'drop-oldest', 'conflate'] as const)('knows slowConsumer %s', (slowConsumer) => {
    expect(read({ slowConsumer }).slowConsumer).toBe(slowConsumer);
  });

  it('has no limit of messages when nobody asks for one', () => {
    expect(read({})).toMatchObject({ messageRate: undefined, fastProducer: 'pause' });
    expect(read({ maxMessageRate: 0, maxMessageBurst: 7 }).messageRate).toBeUndefined();
    expect(read({ maxMessageRate: Number.POSITIVE_INFINITY }).messageRate).toBeUndefined();
  });

  it('takes as many messages at once as in a second, and one at least, when nobody says', () => {
    expect(read({ maxMessageRate: 50 }).messageRate).toEqual({ perSecond: 50, burst: 50 });
    expect(read({ maxMessageRate: 0.1 }).messageRate).toEqual({ perSecond: 0.1, burst: 1 });
    expect(read({ maxMessageRate: 50, maxMessageBurst: 1 }).messageRate).toEqual({ perSecond: 50, burst: 1 });
    expect(() => read({ maxMessageRate: 50, maxMessageBurst: 0.9 })).toThrow(/maxMessageBurst must be at least 1/);
  });

  it('knows two ways with a fast producer, and refuses a third', () => {
    expect(read({ fastProducer: 'close' }).fastProducer).toBe('close');
    expect(() => read({ fastProducer: 'drop' as never })).toThrow(/'pause' or 'close'/);
  });

  it('answers false no later than it applies the policy', () => {
    expect(read({ maxBufferedAmount: 1_000 }).highWaterMark).toBe(1_000);
    expect(read({ maxBufferedAmount: 0 })).toMatchObject({ highWaterMark: 65_536, maxBufferedAmount: Infinity });
  });

  it('refuses a slowConsumer that it does not know', () => {
    expect(() => read({ slowConsumer: 'wait' as never })).toThrow(
      /'close', 'drop-newest', 'drop-oldest' or 'conflate'/,
    );
  });
});

describe('amount', () => {
  it('is the default when nothing is given', () => {
    expect(amount('limit', undefined, 7)).toBe(7);
    expect(amount('limit', 0, 7)).toBe(0);
  });

  it.each(['7', null, Number.NaN, {}])('refuses %o by the name of the option', (value) => {
    expect(() => amount('limit', value as never, 7)).toThrow(/^limit must be a number/);
  });

  it('refuses what is negative', () => {
    expect(() => amount('limit', -1, 7)).toThrow(RangeError);
  });
});
