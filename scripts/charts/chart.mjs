// One look for every picture of the documentation, in light and dark: colours, letters, lines. Draws with echarts to SVG,
// without a browser. Knows nothing of what is drawn.
// @ts-check
import * as echarts from 'echarts';

/**
 * @typedef {object} Look
 * @property {string} background
 * @property {string} text
 * @property {string} muted of axes and what is said by the way
 * @property {string} grid
 * @property {string} shade of a stretch that is set apart
 * @property {readonly string[]} colours of the series, in order; they differ for those, too, who see fewer colours
 */

/** @type {Readonly<Record<'light' | 'dark', Look>>} */
export const LOOKS = {
  light: {
    background: '#ffffff',
    text: '#1f2328',
    muted: '#59636e',
    grid: '#d8dee4',
    shade: 'rgba(31, 35, 40, 0.05)',
    colours: ['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#bf3989', '#6e7781'],
  },
  dark: {
    background: '#0d1117',
    text: '#e6edf3',
    muted: '#9198a1',
    grid: '#30363d',
    shade: 'rgba(230, 237, 243, 0.06)',
    colours: ['#58a6ff', '#f0883e', '#3fb950', '#bc8cff', '#f778ba', '#8b949e'],
  },
};

const FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

/**
 * @param {object} chart
 * @param {(look: Look) => import('echarts').EChartsCoreOption} chart.option what is drawn
 * @param {'light' | 'dark'} chart.look
 * @param {number} chart.width pixels
 * @param {number} chart.height pixels
 * @param {string} chart.description for those who do not see it
 * @returns {string} SVG
 */
export function drawChart({ option, look, width, height, description }) {
  const colours = LOOKS[look];
  const chart = echarts.init(null, themeOf(colours), { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option(colours) });
    const svg = chart.renderToSVGString();
    const title = description.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    return `${svg.replace(/^(<svg[^>]*)>/, `$1 role="img"><title>${title}</title>`)}\n`;
  } finally {
    chart.dispose();
  }
}

/** @param {Look} look */
function themeOf(look) {
  const axis = {
    axisLine: { lineStyle: { color: look.muted } },
    axisTick: { lineStyle: { color: look.muted } },
    axisLabel: { color: look.muted },
    nameTextStyle: { color: look.muted },
    splitLine: { lineStyle: { color: look.grid } },
  };
  return {
    backgroundColor: look.background,
    color: look.colours,
    textStyle: { fontFamily: FONT, color: look.text },
    title: { textStyle: { color: look.text, fontSize: 16 }, subtextStyle: { color: look.muted, fontSize: 12 } },
    legend: { textStyle: { color: look.text } },
    categoryAxis: axis,
    valueAxis: axis,
    logAxis: axis,
  };
}
