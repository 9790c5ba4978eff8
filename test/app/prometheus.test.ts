import fc from 'fast-check';
import parsePrometheusTextFormat from 'parse-prometheus-text-format';
import { expect, test } from 'vitest';
import { type Family, prometheusText } from '../../src/app/prometheus.ts';

test('families have HELP, TYPE and their samples, each on a line', () => {
  const family: Family = {
    name: 'sluice_things_total',
    type: 'counter',
    help: 'Things.',
    samples: [{ value: 1 }, { labels: { kind: 'a', size: 'b' }, value: 0.5 }],
  };
  expect(prometheusText([family])).toBe(
    '# HELP sluice_things_total Things.\n' +
      '# TYPE sluice_things_total counter\n' +
      'sluice_things_total 1\n' +
      'sluice_things_total{kind="a",size="b"} 0.5\n',
  );
});

test.each([
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [Number.NaN, 'NaN'],
  [1e21, '1e+21'],
])('%d is written as the format has it', (value, text) => {
  expect(prometheusText([{ name: 'a', type: 'gauge', help: '', samples: [{ value }] }])).toContain(`\na ${text}\n`);
});

test('whatever is in a label is read back by a parser of others, and adds no line', () => {
  // The parser takes no line end apart from \n, nor should it.
  const value = fc.stringMatching(/^[\w "\\\n{},=]{0,12}$/);
  fc.assert(
    fc.property(value, value, (label, help) => {
      const text = prometheusText([
        { name: 'a', type: 'gauge', help: `x${help}`, samples: [{ labels: { label }, value: 1 }] },
      ]);
      expect(text.split('\n')).toHaveLength(4);
      expect(parsePrometheusTextFormat(text)[0]?.metrics).toEqual([{ value: '1', labels: { label } }]);
    }),
  );
});
