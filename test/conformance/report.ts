// What a run says: a line a case on the terminal, a summary, JSON, and one HTML page that needs nothing else.
import type { Verdict } from './case.ts';
import type { Result } from './run.ts';

const VERDICTS: readonly Verdict[] = ['OK', 'NON-STRICT', 'INFORMATIONAL', 'UNIMPLEMENTED', 'FAILED'];

/** How many cases got each verdict, all of them named. */
export function count(results: readonly Result[]): Record<Verdict, number> {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

/** The counts in a line. */
export function summary(results: readonly Result[]): string {
  const counts = count(results);
  return `${results.length} cases: ${VERDICTS.map((verdict) => `${counts[verdict]} ${verdict}`).join(', ')}`;
}

/** A line about one case. */
export function line(result: Result): string {
  const remark = result.remark === '' ? '' : ` — ${result.remark}`;
  return `${result.verdict.padEnd(13)} ${result.id.padEnd(8)} ${result.title}${remark}`;
}

/** The report as a page. */
export function page(subject: string, results: readonly Result[]): string {
  const rows = results.map(
    ({ id, verdict, title, section, remark, milliseconds }) =>
      `<tr class="${verdict.toLowerCase()}"><td>${id}</td><td>${verdict}</td><td>${escaped(title)}</td>` +
      `<td>${escaped(section)}</td><td>${escaped(remark)}</td><td>${milliseconds}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Conformance of ${escaped(subject)}</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { border-bottom: 1px solid #8884; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
  td:nth-child(1), td:nth-child(6) { font-variant-numeric: tabular-nums; white-space: nowrap; }
  td:nth-child(2) { font-weight: 600; white-space: nowrap; }
  .failed td:nth-child(2) { color: light-dark(#b00020, #ff8a80); }
  .non-strict td:nth-child(2), .unimplemented td:nth-child(2) { color: light-dark(#8a5a00, #ffd180); }
  .ok td:nth-child(2) { color: light-dark(#1b6e2c, #9ad7a5); }
</style>
<h1>Conformance of ${escaped(subject)}</h1>
<p>${escaped(summary(results))}</p>
<table>
<thead><tr><th>Case</th><th>Verdict</th><th>What is done</th><th>Rule</th><th>What was seen</th><th>ms</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</html>
`;
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
