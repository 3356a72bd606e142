import type { SuiteReport } from './suite.ts';

const WIDTHS = [12, 22, 11, 7, 7, 7, 8, 7, 9] as const;
const HEADS = ['suite', 'server', 'round', 'cases', 'passed', 'failed', 'skipped', 'passes', 'recycles'] as const;
const SERVERS = { baton: 'Baton', node: `Node ${process.version} alone` } as const;

/** One table of all suites; below it what did not hold, what is missing, and where we and plain Node differ. */
export function printReports(reports: readonly SuiteReport[]): void {
  console.log(line(HEADS));
  for (const { suite, missing, rows } of reports) {
    if (missing !== undefined) console.log(`${line([suite])}not run: ${missing}`);
    for (const { who, round, cases, passed, failed, skipped, passes, recycles } of rows)
      console.log(line([suite, SERVERS[who], round, cases, passed, failed, skipped, passes, recycles]));
  }
  for (const report of reports) printDetails(report);
}

function printDetails({ suite, differences, faults }: SuiteReport): void {
  if (differences.length > 0) console.log(`\n${suite}: ${differences.length} cases in which we and plain Node differ`);
  for (const { id, section, title, ours, node, reason } of differences)
    console.log(`  ${id} (${section}) ${title}\n    we: ${ours}; Node: ${node}; ${reason ?? 'UNEXPLAINED'}`);
  if (faults.length > 0) console.log(`\n${suite} does not hold:`);
  for (const fault of faults) console.log(`  ${fault}`);
}

function line(cells: readonly (string | number)[]): string {
  return cells.map((cell, index) => (index < 3 ? String(cell).padEnd(WIDTHS[index]!) : String(cell).padStart(WIDTHS[index]!))).join(' ');
}
