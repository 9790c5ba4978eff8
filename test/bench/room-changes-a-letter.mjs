// A peer for the test of the benchmark: one member of its room is told one message of many with another letter in it.
// @ts-check
import { spoiledRoom } from './spoiled-room.mjs';

export const startRoom = spoiledRoom((text) => text.replace('water', 'wafer'));
