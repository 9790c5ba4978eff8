// The picture of a soak: memory, what is open, and the delay of the event loop, one below the other over the same minutes.
import { drawChart, type Look } from '../../scripts/charts/chart.mjs';
import type { SoakRecord } from './run.ts';
import type { SettledSample } from './samples.ts';

const WIDTH = 960;
const HEIGHT = 900;
const MEBIBYTE = 1_048_576;
/** A logarithm has no zero: what is quicker counts as this, in milliseconds. */
const LEAST_DELAY = 0.1;

/** Where the three charts stand: their top and height, in pixels. */
const PANELS = [
  { top: 110, height: 250 },
  { top: 440, height: 150 },
  { top: 670, height: 170 },
];

type Points = [minutes: number, value: number][];

/** Draws it. */
export function picture(record: SoakRecord, look: 'light' | 'dark'): string {
  const { connections, minutes } = record;
  const description =
    `Memory, connections and delay of the event loop of a sluice server over ${minutes} minutes in which ` +
    `${connections} guests come and go, and after they have left.`;
  return drawChart({ option: (colours) => optionOf(record, colours), look, width: WIDTH, height: HEIGHT, description });
}

function optionOf(record: SoakRecord, look: Look): import('echarts').EChartsCoreOption {
  const { samples, settled, after } = record;
  const end = after.at / 60;
  const over = <Each extends { at: number }>(all: readonly Each[], of: (sample: Each) => number): Points =>
    all.map((sample) => [sample.at / 60, of(sample)]);
  const everything = [...samples, after];
  const collected: readonly SettledSample[] = [...settled, after];
  const delays = (of: (sample: SettledSample) => number): Points =>
    over(settled, (sample) => Math.max(LEAST_DELAY, of(sample)));
  const [blue, orange, green, violet, pink, grey] = look.colours as [string, string, string, string, string, string];

  return {
    title: {
      text: `Soak: ${record.connections.toLocaleString('en')} guests come and go for ${record.minutes} minutes`,
      subtext: subtextOf(record),
      left: 16,
      top: 10,
    },
    // One for each panel, at its own place.
    legend: [
      legend(['RSS', 'array buffers', 'heap after a collection', 'connections'], 0),
      legend(['descriptors', 'let in per second'], 1),
      legend(['p50', 'p99', 'longest'], 2),
    ],
    grid: PANELS.map((panel) => ({ left: 72, right: 72, ...panel })),
    xAxis: PANELS.map((_, index) => ({
      type: 'value',
      gridIndex: index,
      min: 0,
      max: Math.ceil(end * 2) / 2,
      name: index === PANELS.length - 1 ? 'minutes' : '',
      nameLocation: 'middle',
      nameGap: 26,
      splitLine: { show: false },
    })),
    yAxis: [
      { type: 'value', gridIndex: 0, name: 'MiB', min: 0 },
      { type: 'value', gridIndex: 0, name: 'connections', min: 0, splitLine: { show: false } },
      { type: 'value', gridIndex: 1, name: 'descriptors', min: 0 },
      { type: 'value', gridIndex: 1, name: 'per second', min: 0, splitLine: { show: false } },
      { type: 'log', gridIndex: 2, name: 'ms late', min: LEAST_DELAY },
    ],
    series: [
      {
        ...line(
          'RSS',
          0,
          0,
          blue,
          over(everything, ({ rss }) => rss / MEBIBYTE),
        ),
        markArea: thirds(record, look, false),
      },
      line(
        'array buffers',
        0,
        0,
        orange,
        over(everything, ({ arrayBuffers }) => arrayBuffers / MEBIBYTE),
      ),
      line(
        'heap after a collection',
        0,
        0,
        green,
        over(collected, ({ heapUsed }) => heapUsed / MEBIBYTE),
      ),
      line(
        'connections',
        0,
        1,
        grey,
        over(everything, ({ clients }) => clients),
      ),
      {
        ...line(
          'descriptors',
          1,
          2,
          violet,
          over(everything, ({ descriptors = 0 }) => descriptors),
        ),
        markArea: thirds(record, look, true),
      },
      line('let in per second', 1, 3, pink, arrivals(record)),
      line(
        'p50',
        2,
        4,
        blue,
        delays(({ p50 }) => p50),
      ),
      line(
        'p99',
        2,
        4,
        orange,
        delays(({ p99 }) => p99),
      ),
      line(
        'longest',
        2,
        4,
        pink,
        delays(({ max }) => max),
      ),
    ],
  };
}

function legend(data: string[], panel: number): object {
  const { top } = PANELS[panel] as (typeof PANELS)[number];
  return { data, top: top - 44, left: 'center', icon: 'roundRect', itemWidth: 16, itemHeight: 3, itemGap: 28 };
}

function line(name: string, panel: number, yAxisIndex: number, color: string, data: Points): object {
  return {
    name,
    type: 'line',
    xAxisIndex: panel,
    yAxisIndex,
    data,
    color,
    showSymbol: false,
    lineStyle: { width: 1.5 },
  };
}

/** The two thirds that are compared. */
function thirds({ settled }: SoakRecord, look: Look, show: boolean): object {
  const third = Math.floor(settled.length / 3);
  const at = (index: number): number => (settled.at(index)?.at ?? 0) / 60;
  const area = (name: string, from: number, to: number): object[] => [
    { name, xAxis: at(from), itemStyle: { color: look.shade } },
    { xAxis: at(to) },
  ];
  return {
    silent: true,
    label: { show, color: look.muted, position: 'insideBottom' },
    data: third === 0 ? [] : [area('middle third', -2 * third, -third - 1), area('last third', -third, -1)],
  };
}

/** WebSockets let in, by second, over ten samples each. */
function arrivals({ samples }: SoakRecord): Points {
  const points: Points = [];
  for (let index = 10; index < samples.length; index += 10) {
    const [from, to] = [samples[index - 10], samples[index]];
    if (from === undefined || to === undefined || to.at <= from.at) continue;
    points.push([to.at / 60, (to.opened - from.opened) / (to.at - from.at)]);
  }
  return points;
}

function subtextOf({ guests, after }: SoakRecord): string {
  const number = (value: number): string => value.toLocaleString('en');
  return (
    `${number(after.opened)} WebSockets, ${number(guests.heard)} echoes and ${number(guests.overheard)} deliveries ` +
    `checked byte for byte, ${number(guests.failures)} wrong`
  );
}
