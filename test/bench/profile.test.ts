// Self times of a CPU profile: parts of the time in which the processor was not idle.
import { expect, test } from 'vitest';
import { selfTimes } from '../../bench/profile.mjs';

function node(id: number, functionName: string, url = '', lineNumber = 0) {
  return { id, callFrame: { functionName, url, lineNumber } };
}

test('samples are added up by function, most first, and idle time is not counted', () => {
  const profile = {
    nodes: [
      node(1, '(idle)'),
      node(2, 'push', 'file:///somewhere/dist/frame/frame-parser.js', 80),
      node(3, 'writeBuffer'),
      node(4, 'push', 'file:///somewhere/dist/frame/frame-parser.js', 80),
      node(5, '', 'file:///somewhere/dist/frame/mask.js', 0),
    ],
    samples: [1, 2, 3, 4, 5],
    timeDeltas: [1000, 10, 50, 20, 20],
  };
  expect(selfTimes(profile)).toEqual([
    { name: 'writeBuffer', part: 0.5 },
    { name: 'push frame/frame-parser.js:81', part: 0.3 },
    { name: '(anonymous) frame/mask.js:1', part: 0.2 },
  ]);
});

test('a clock that went back takes nothing away', () => {
  const profile = { nodes: [node(1, 'a'), node(2, 'b')], samples: [1, 2], timeDeltas: [-5, 10] };
  expect(selfTimes(profile)).toEqual([
    { name: 'b', part: 1 },
    { name: 'a', part: 0 },
  ]);
});
