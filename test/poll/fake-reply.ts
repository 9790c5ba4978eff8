// A reply that remembers what it was told to send.
import { HeldPoll, readSettings } from '../../src/poll/held-poll.ts';
import type { PollOptions } from '../../src/poll/options.ts';
import type { Answer, Reply } from '../../src/poll/reply.ts';

export class FakeReply implements Reply {
  readonly answers: Answer[] = [];
  isDestroyed = false;
  onGone: () => void = () => {};

  start(onGone: () => void): void {
    this.onGone = onGone;
  }

  send(answer: Answer): void {
    this.answers.push(answer);
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  get statuses(): number[] {
    return this.answers.map(({ status }) => status);
  }

  get json(): unknown {
    return JSON.parse(String(this.answers[0]?.body));
  }
}

/** A poll that is answered nowhere. */
export function held(options: PollOptions = {}): { poll: HeldPoll; reply: FakeReply; ends: string[] } {
  const reply = new FakeReply();
  const poll = new HeldPoll(reply, readSettings(options), options.cursor ?? null);
  const ends: string[] = [];
  poll.whenEnded((end) => ends.push(end));
  return { poll, reply, ends };
}
