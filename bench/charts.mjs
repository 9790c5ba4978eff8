// The charts of a run: what a message costs the server's processor, and what a connection costs its memory, peer by peer.
// Bars begin at nought, so that their lengths compare. Draws; it measures nothing.
// @ts-check
import { drawChart } from '../scripts/charts/chart.mjs';
import { spread } from './statistics.mjs';
import { REFERENCE, ratioOfCpu, significant } from './table.mjs';

/** @typedef {import('./table.mjs').Findings} Findings */
/** @typedef {import('../scripts/charts/chart.mjs').Look} Look */

/** Those that are drawn, each in a colour of its own. */
const PEERS = ['sluice', 'ws', 'bun', 'raw'];
const TITLES = /** @type {Record<string, string>} */ ({ bun: 'Bun', raw: 'raw TCP (node:net)' });

const WIDTH = 860;
const ROW_HEIGHT = 62;
const HEAD_HEIGHT = 110;
const BAR_HEIGHT = 26;
const KIB = 1024;

/**
 * @param {readonly Findings[]} all
 * @returns {Map<string, string>} SVG by the name of a file; empty when there is nothing to draw
 */
export function drawCharts(all) {
  /** @type {Map<string, string>} */
  const charts = new Map();
  const times = all.filter(({ row, results }) => row.load !== 'idle' && results.has(REFERENCE));
  const memories = all.filter(({ row, results }) => row.load === 'idle' && results.size > 0);
  for (const look of /** @type {const} */ (['light', 'dark'])) {
    if (times.length > 0) charts.set(`cpu-${look}.svg`, withoutCounters(drawCpu(times, look)));
    if (memories.length > 0) charts.set(`memory-${look}.svg`, withoutCounters(drawMemory(memories, look)));
  }
  return charts;
}

/**
 * @param {readonly Findings[]} all with the reference
 * @param {'light' | 'dark'} look
 * @returns {string} SVG
 */
function drawCpu(all, look) {
  const peers = peersOf(all);
  const percent = (/** @type {Findings} */ findings, /** @type {string} */ peer) => {
    const ratio = ratioOfCpu(findings, peer, REFERENCE);
    return ratio === undefined ? null : ratio * 100;
  };
  return drawChart({
    look,
    width: WIDTH,
    height: HEAD_HEIGHT + all.length * ROW_HEIGHT,
    description: `CPU time of the server for each message in per cent of that of ws: ${all
      .map((findings) => `${findings.row.name}: ${described(peers, (peer) => percent(findings, peer), ' %')}`)
      .join('; ')}`,
    option: (colours) => ({
      title: title(
        `CPU time of the server, ${REFERENCE} = 100 %`,
        'for each message, delivery or connection; shorter is better',
      ),
      legend: { ...LEGEND, data: peers.map(titleOf) },
      grid: { left: 140, right: 60, top: HEAD_HEIGHT - 30, bottom: 30 },
      xAxis: { type: 'value', min: 0, axisLabel: { formatter: '{value} %' } },
      yAxis: { type: 'category', inverse: true, data: all.map(({ row }) => row.name), axisTick: { show: false } },
      series: peers.map((peer) => ({
        ...bar(peer, colours, ({ value }) => (value == null ? '' : `${significant(value)} %`)),
        data: all.map((findings) => percent(findings, peer)),
      })),
    }),
  });
}

/**
 * @param {readonly Findings[]} all
 * @param {'light' | 'dark'} look
 * @returns {string} SVG
 */
function drawMemory(all, look) {
  const peers = peersOf(all);
  const kibibytes = (/** @type {Findings} */ { results }, /** @type {string} */ peer) => {
    const own = results.get(peer);
    return own === undefined ? null : spread(own.map(({ bytes }) => bytes ?? Number.NaN)).median / KIB;
  };
  // An axis for each row: their figures are far apart.
  const height = (peers.length + 1) * BAR_HEIGHT;
  const top = (/** @type {number} */ index) => HEAD_HEIGHT + index * (height + 50) - 20;
  return drawChart({
    look,
    width: WIDTH,
    height: top(all.length),
    description: `Resident memory of the server for each connection, in KiB: ${all
      .map((findings) => `${findings.row.name}: ${described(peers, (peer) => kibibytes(findings, peer), ' KiB')}`)
      .join('; ')}`,
    option: (colours) => ({
      title: title('Resident memory of the server for each connection', 'in KiB; shorter is better'),
      legend: { ...LEGEND, data: peers.map(titleOf) },
      grid: all.map((_, index) => ({ left: 140, right: 70, top: top(index), height })),
      xAxis: all.map((_, gridIndex) => ({ gridIndex, type: 'value', min: 0, axisLabel: { formatter: '{value} KiB' } })),
      yAxis: all.map(({ row }, gridIndex) => ({
        gridIndex,
        type: 'category',
        inverse: true,
        data: [row.name],
        axisTick: { show: false },
      })),
      series: all.flatMap((findings, index) =>
        peersOf([findings]).map((peer) => ({
          ...bar(peer, colours, ({ value }) => (value == null ? '' : `${significant(value)} KiB`)),
          xAxisIndex: index,
          yAxisIndex: index,
          data: [kibibytes(findings, peer)],
        })),
      ),
    }),
  });
}

const LEGEND = { selectedMode: false, top: 56, left: 16, itemWidth: 14 };

/**
 * @param {string} text
 * @param {string} subtext
 */
function title(text, subtext) {
  return { text, subtext, left: 10, top: 6 };
}

/**
 * @param {string} peer
 * @param {Look} look
 * @param {(params: { value?: number | null }) => string} formatter
 */
function bar(peer, look, formatter) {
  const color = look.colours[PEERS.indexOf(peer)] ?? look.muted;
  return {
    name: titleOf(peer),
    type: 'bar',
    // Nothing happens under a pointer: it is a picture.
    silent: true,
    emphasis: { disabled: true },
    barGap: '15%',
    barCategoryGap: '25%',
    itemStyle: { color },
    label: { show: true, position: 'right', color: look.text, fontSize: 11, formatter },
  };
}

/** @param {readonly Findings[]} all */
function peersOf(all) {
  return PEERS.filter((peer) => all.some(({ results }) => results.has(peer)));
}

/** @param {string} peer */
function titleOf(peer) {
  return TITLES[peer] ?? peer;
}

/**
 * @param {readonly string[]} peers
 * @param {(peer: string) => number | null} value
 * @param {string} unit
 */
function described(peers, value, unit) {
  const known = peers.flatMap((peer) => {
    const number = value(peer);
    return number === null ? [] : [`${titleOf(peer)} ${significant(number)}${unit}`];
  });
  return known.join(', ');
}

/**
 * The library numbers its charts, so that many can stand in one page; ours are files, and should only differ by their
 * figures.
 *
 * @param {string} svg
 */
function withoutCounters(svg) {
  /** @type {Map<string, number>} */
  const numbers = new Map();
  return svg.replaceAll(/\bzr\d+-([a-z]+)(\d+|-\d+)/g, (name, kind) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return `zr-${kind}-${numbers.get(name)}`;
  });
}
