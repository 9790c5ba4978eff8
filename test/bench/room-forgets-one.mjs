// A peer for the test of the benchmark: one member of its room is not told one message of many.
// @ts-check
import { spoiledRoom } from './spoiled-room.mjs';

export const startRoom = spoiledRoom(() => ': nothing\n\n');
