// The table of violations of an event stream.
import { expect, test } from 'vitest';
import { EventStreamViolations } from '../../src/eventstream/index.ts';

test.each(Object.entries(EventStreamViolations))(
  '%s says what it is, where it is written and what is expected',
  (key, row) => {
    expect(row.name).toBe(key);
    expect(row.section).toMatch(/^HTML §9\.2\.[56]$/);
    expect(row.text).not.toBe('');
    expect(row.expected).not.toBe('');
    expect(Object.isFrozen(row)).toBe(true);
  },
);
