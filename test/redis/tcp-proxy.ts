// A way to Redis over TCP for a test, and closed with it.
import { onTestFinished } from 'vitest';
import { type Slowness, TcpWay } from './tcp-way.ts';

/** Such a way. */
export class TcpProxy extends TcpWay {
  static async to(target: number, slowness?: Slowness): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, slowness);
    onTestFinished(() => proxy.close());
    return proxy.open();
  }
}
