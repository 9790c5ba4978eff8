// Where guests go: through nginx, over TLS, or straight to one instance.
import { Agent } from 'undici';

/** A server, as its clients know it. */
export class Target {
  /** `https://localhost:1234`. */
  readonly origin: string;
  readonly ca: Buffer | undefined;
  /** Of requests. Connections are used again, as those of browsers. */
  readonly agent: Agent;

  constructor(origin: string, ca?: Buffer) {
    this.origin = origin;
    this.ca = ca;
    const tls = ca === undefined ? {} : { ca };
    // Guests watch the time themselves: they know how long a stream may be silent.
    this.agent = new Agent({ connect: { ...tls, family: 4, timeout: 5_000 }, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** The address of a route. */
  url(path: string, query: Readonly<Record<string, string>>): string {
    return `${this.origin}${path}?${new URLSearchParams(query)}`;
  }

  get websocketUrl(): string {
    return `${this.origin.replace(/^http/, 'ws')}/ws`;
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}
