// What anybody in the process may hear of violations: `sluice:violation`, for as long as a test runs.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { onTestFinished } from 'vitest';
import type { ViolationMessage } from '../../src/websocket/index.ts';

/** What is published while the test runs that calls it. */
export function publications(): ViolationMessage[] {
  const seen: ViolationMessage[] = [];
  const listen = (message: unknown): void => {
    seen.push(message as ViolationMessage);
  };
  subscribe('sluice:violation', listen);
  onTestFinished(() => {
    unsubscribe('sluice:violation', listen);
  });
  return seen;
}
