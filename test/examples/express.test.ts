// examples/express, installed and started: the room over WebSocket, Server-Sent Events and long polling on the port of Express.
import { afterAll, beforeAll } from 'vitest';
import { describeWith } from '../interop/programs.ts';
import { INSTALL_TIMEOUT, Installed, registry } from './installed.ts';
import { keepsTheRoom } from './room.contract.ts';
import { Running } from './running.ts';

describeWith(registry, 'examples/express', () => {
  let example: Installed;
  let running: Running;

  beforeAll(async () => {
    example = await Installed.of('express');
    running = await Running.start(example, example.manifest().scripts['start'] as string);
  }, INSTALL_TIMEOUT);
  afterAll(async () => {
    await running?.kill();
    await example?.remove();
  }, INSTALL_TIMEOUT);

  keepsTheRoom(() => running, { stream: '/stream', poll: '/poll', publish: '/publish', websocket: '/ws' });
});
