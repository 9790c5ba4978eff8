// The picture of a herd: handshakes in each tenth of a second, without jitter and with it, on one scale. Draws; it measures
// nothing.
// @ts-check
import { drawChart } from '../charts/chart.mjs';

/**
 * @typedef {{ readonly handshakes: number, readonly peakPerSecond: number, readonly peakPerTenth: number,
 *   readonly tenths: readonly number[] }} Summary
 * @typedef {{ readonly clients: number, readonly away: number, readonly none: Summary, readonly jitter: Summary }} Record
 */

/**
 * @param {Record} record
 * @param {'light' | 'dark'} look
 * @param {string} title where they come back to
 * @returns {string} SVG
 */
export function drawHerd({ clients, away, none, jitter }, look, title) {
  const from = away / 100;
  const to = Math.max(none.tenths.length, jitter.tenths.length) + 10;
  const points = (/** @type {Summary} */ { tenths }) =>
    tenths.flatMap((count, tenth) => (count > 0 ? [[tenth / 10, count]] : []));
  const said = `at most ${none.peakPerSecond} in a second without jitter, ${jitter.peakPerSecond} with it`;
  const svg = drawChart({
    look,
    width: 860,
    height: 380,
    description: `Opening handshakes in each tenth of a second when ${clients} clients come back: ${said}`,
    option: () => ({
      title: {
        text: `${clients.toLocaleString('en')} clients come back ${title}`,
        subtext: `opening handshakes in each tenth of a second: ${said}`,
        left: 16,
        top: 12,
      },
      legend: { bottom: 8, data: ['without jitter', 'with jitter'] },
      grid: { left: 64, right: 24, top: 84, bottom: 76 },
      xAxis: {
        type: 'value',
        name: 'seconds since the loss',
        nameLocation: 'middle',
        nameGap: 28,
        min: Math.floor(from / 10),
        max: to / 10,
      },
      yAxis: { type: 'value' },
      series: [
        { name: 'without jitter', type: 'bar', barWidth: 3, data: points(none), itemStyle: { opacity: 0.8 } },
        { name: 'with jitter', type: 'bar', barWidth: 3, barGap: '-100%', data: points(jitter) },
      ],
    }),
  });
  // The names of classes count the pictures of this process.
  return svg.replace(/zr\d+-/g, 'zr-');
}
