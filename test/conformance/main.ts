// npm run conformance -- ws://host:port          tests a server that echoes
// npm run conformance -- --serve PORT            waits for a client that echoes, and tests it
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allCases, FULL_MESSAGES, selectCases } from './cases/index.ts';
import { count, line, page, summary } from './report.ts';
import { type Progress, type Result, testClients, testServer } from './run.ts';

const HELP = `Tests a WebSocket endpoint that echoes, by Autobahn's numbers: sections 1 to 7, 9, 10, 12 and 13.

  npm run conformance -- ws://host:port [options]    a server
  npm run conformance -- --serve PORT [options]      a client: it asks /getCaseCount, opens /runCase?case=N for each,
                                                     and then /updateReports

  --cases 1.1,6.4     only these sections or cases
  --messages N        how many messages each case of sections 12 and 13 sends (${FULL_MESSAGES})
  --report DIR        where report.json and report.html are written (artefacts/conformance)
  --quiet             only what is not OK
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    serve: { type: 'string' },
    cases: { type: 'string', default: '' },
    messages: { type: 'string', default: String(FULL_MESSAGES) },
    report: { type: 'string', default: 'artefacts/conformance' },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const [url] = positionals;
if (values.help || (url === undefined) === (values.serve === undefined)) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 1);
}
const prefixes = values.cases.split(',').filter((prefix) => prefix !== '');
const cases = selectCases(allCases(Number(values.messages)), prefixes);

const progress: Progress = (result, done, total) => {
  if (!values.quiet || result.verdict !== 'OK') console.log(`${String(done).padStart(3)}/${total}  ${line(result)}`);
};

let results: Result[];
if (url !== undefined) {
  results = await testServer(url, cases, progress);
} else {
  const tester = await testClients(Number(values.serve), cases, progress);
  console.log(`waiting for a client at ws://127.0.0.1:${tester.port}`);
  results = await tester.finished;
  tester.close();
}

mkdirSync(values.report, { recursive: true });
const subject = url ?? 'a client';
writeFileSync(
  join(values.report, 'report.json'),
  JSON.stringify({ subject, counts: count(results), results }, null, 2),
);
writeFileSync(join(values.report, 'report.html'), page(subject, results));
console.log(summary(results));
process.exitCode = count(results).FAILED > 0 ? 1 : 0;
