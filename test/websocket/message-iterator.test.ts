import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Message, MessageIterator, type MessageSource } from '../../src/websocket/message-iterator.ts';
import { ReadyState } from '../../src/websocket/ready-state.ts';

class Source extends EventEmitter implements MessageSource {
  readyState: ReadyState = ReadyState.OPEN;
  paused = false;

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  say(text: string): void {
    this.emit('message', Buffer.from(text), false);
  }
}

const textOf = (result: IteratorResult<Message, undefined>): string | undefined => result.value?.data.toString();

describe('MessageIterator', () => {
  it('gives messages in their order, also those that came before they were asked for', async () => {
    const source = new Source();
    const messages = new MessageIterator(source);
    source.say('one');
    source.say('two');
    expect(textOf(await messages.next())).toBe('one');
    expect(textOf(await messages.next())).toBe('two');
    const third = messages.next();
    source.say('three');
    expect(textOf(await third)).toBe('three');
  });

  it('stops the source while nobody asks, and starts it when somebody does', async () => {
    const source = new Source();
    const messages = new MessageIterator(source);
    source.say('one');
    expect(source.paused).toBe(true);
    await messages.next();
    const next = messages.next();
    expect(source.paused).toBe(false);
    source.say('two');
    await next;
    expect(source.paused).toBe(true);
  });

  it('ends when the connection does, behind what had come', async () => {
    const source = new Source();
    const messages = new MessageIterator(source);
    source.say('last');
    const [first, second] = [messages.next(), messages.next()];
    source.emit('close', 1000, Buffer.alloc(0));
    expect(textOf(await first)).toBe('last');
    expect((await second).done).toBe(true);
    expect((await messages.next()).done).toBe(true);
  });

  it('is over at once for a connection that is closed', async () => {
    const source = new Source();
    source.readyState = ReadyState.CLOSED;
    expect((await new MessageIterator(source).next()).done).toBe(true);
    expect(source.listenerCount('message')).toBe(0);
  });

  it('rejects when the peer breaks a rule, once', async () => {
    const source = new Source();
    const messages = new MessageIterator(source);
    const waiting = messages.next();
    source.emit('error', new Error('broken'));
    await expect(waiting).rejects.toThrow('broken');
    source.emit('error', new Error('again'));
    await expect(messages.next()).rejects.toThrow('again');
    source.emit('close', 1006, Buffer.alloc(0));
    expect((await messages.next()).done).toBe(true);
  });

  it('leaves the source running and without its listeners when the loop is left', async () => {
    const source = new Source();
    source.say('nobody hears this');
    const loop = (async () => {
      for await (const { data } of new MessageIterator(source)) return data.toString();
      return undefined;
    })();
    source.say('enough');
    expect(await loop).toBe('enough');
    expect(source.paused).toBe(false);
    for (const event of ['message', 'error', 'close']) expect(source.listenerCount(event)).toBe(0);
  });
});
