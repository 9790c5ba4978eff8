// A sink whose reader takes bytes when the test says so.
import { Outcome, type Sink, type SinkOwner } from '../../src/sse/sink.ts';

export class FakeSink implements Sink {
  /** What becomes of the next write. */
  outcome: Outcome = Outcome.Taken;
  readonly writes: Buffer[] = [];
  bufferedAmount = 0;
  /** What else was asked for, in order. */
  readonly calls: string[] = [];
  owner: SinkOwner | undefined = undefined;

  start(owner: SinkOwner): void {
    this.owner = owner;
  }

  write(bytes: Buffer): Outcome {
    this.writes.push(bytes);
    if (this.outcome !== Outcome.Taken) this.bufferedAmount += bytes.length;
    return this.outcome;
  }

  awaitTaken(): void {
    this.calls.push('awaitTaken');
  }

  end(): void {
    this.calls.push('end');
  }

  destroy(): void {
    this.calls.push('destroy');
  }

  release(): void {
    this.calls.push('release');
  }

  /** Takes everything. */
  take(): void {
    this.bufferedAmount = 0;
    this.outcome = Outcome.Taken;
  }

  get text(): string {
    return Buffer.concat(this.writes).toString();
  }
}

/** Resolves when everything that shall happen at the end of this turn has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
