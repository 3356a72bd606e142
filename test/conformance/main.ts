// npm run conformance [-- [http1] [h2spec] [websocket] [--strict]]: suites of cases about our protocols, each against the app hosted by Baton and
// against the same app run by Node alone. Prints one table; JSON beside it. Exit code 1 when a suite does not hold, with --strict also when its tool is missing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printReports } from './print.ts';
import { runSuite } from './run-suite.ts';
import type { SuiteReport } from './suite.ts';
import { SUITES } from './suites.ts';

const OUT = join(import.meta.dirname, import.meta.dirname.includes('/dist/') ? '../../conformance/out' : 'out');

const { values, positionals } = parseArgs({ allowPositionals: true, options: { strict: { type: 'boolean', default: false } } });
const names = SUITES.map(({ name }) => name);
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`there is no suite ${unknown.join(', ')}; expected some of ${names.join(', ')}, or none for all`);
  process.exit(2);
}

mkdirSync(OUT, { recursive: true });
const reports: SuiteReport[] = [];
for (const suite of SUITES) {
  if (positionals.length > 0 && !positionals.includes(suite.name)) continue;
  const report = await runSuite(suite, (line) => console.error(line));
  writeFileSync(join(OUT, `${suite.name}.json`), JSON.stringify(report, null, 2));
  reports.push(report);
}
printReports(reports);
console.log(`\n${OUT} holds every case in JSON`);
const hasFailed = reports.some(({ faults, missing }) => faults.length > 0 || (values.strict && missing !== undefined));
process.exit(hasFailed ? 1 : 0);
