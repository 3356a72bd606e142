// npm run loadtest -- SCENARIO: runs a k6 scenario against a cluster, judges what it measured, and exits 0 only if everything holds.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AdminClient } from '@baton/admin';
import { type Finding, judgeRecycles, judgeRun } from './judge.ts';
import { findK6, runK6 } from './k6.ts';
import { pairOverlaps } from './overlap.ts';
import { startOwnCluster, type Target } from './own-cluster.ts';
import { endedSince, knownRecycles } from './receipts.ts';
import { printFindings, printOverlaps } from './report.ts';
import { readGenerations, type Summary } from './summary.ts';

const USAGE = `npm run loadtest -- SCENARIO [options]

  --url URL[,URL]   public addresses of a cluster that hosts loadtest/baton.yaml (default: one is started, two hosts and two adapters)
  --admin URL       its admin API; the token comes from BATON_TOKEN
  --pool NAME       its pool under load (default: load)
  --rate N          requests per second
  --seconds N       how long
  --out DIR         where summary.json and result.json go (default: loadtest/out)
`;

const root = new URL('../..', import.meta.url).pathname;
const scenarios = readdirSync(join(root, 'loadtest/scenarios')).map((file) => file.replace(/\.js$/, ''));
process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`loadtest: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: optionsOf() });
  const [scenario] = positionals;
  if (scenario === undefined || !scenarios.includes(scenario) || positionals.length > 1 || !values.url !== !values.admin) {
    console.error(`${USAGE}\nscenarios: ${scenarios.join(', ')}; --url and --admin go together`);
    return 2;
  }
  const k6 = findK6((line) => console.error(`loadtest: ${line}`));
  await using target = values.url && values.admin ? given(values.url, values.admin) : await startOwnCluster();
  const client = new AdminClient({ url: target.adminUrl, token: target.token });
  const pool = values.pool ?? 'load';
  const out = values.out ?? join(root, 'loadtest/out', scenario);
  mkdirSync(out, { recursive: true });
  const summaryFile = join(out, 'summary.json');
  rmSync(summaryFile, { force: true });

  const isRecycling = scenario.startsWith('recycle');
  const known = isRecycling ? await knownRecycles(client, pool) : new Set<string>();
  console.log(`${scenario} with ${k6.name}, against ${target.urls.join(', ')}`);
  const { size: slots } = new Set((await client.workers({ pool })).map(({ slot }) => slot));
  const exitCode = await runK6(k6, ['run', '--quiet', '--no-usage-report', join(root, 'loadtest/scenarios', `${scenario}.js`)], {
    BATON_URLS: target.urls.join(','),
    BATON_ADMIN: target.adminUrl,
    BATON_TOKEN: target.token,
    BATON_POOL: pool,
    SUMMARY: summaryFile,
    SLOTS: String(Math.max(slots, 1)),
    RATE: values.rate ?? '',
    SECONDS: values.seconds ?? '',
  });
  const summary = readSummary(summaryFile);
  const findings: Finding[] = [...judgeRun(summary, exitCode)];
  const receipts = isRecycling ? await endedSince(client, pool, known) : [];
  const generations = readGenerations(summary);
  const overlaps = pairOverlaps(receipts, generations);
  if (isRecycling) {
    printOverlaps(overlaps);
    findings.push(...judgeRecycles({ summary, receipts, generations, overlaps }));
  }
  printFindings(findings);
  writeFileSync(join(out, 'result.json'), `${JSON.stringify({ scenario, findings, overlaps, receipts }, null, 2)}\n`);
  console.log(`${out} holds the figures`);
  return findings.every(({ holds }) => holds) ? 0 : 1;
}

function optionsOf() {
  const text = { type: 'string' } as const;
  return { url: text, admin: text, pool: text, rate: text, seconds: text, out: text };
}

function given(urls: string, adminUrl: string): Target {
  return {
    urls: urls.split(',').map((url) => url.replace(/\/+$/, '')),
    adminUrl,
    token: process.env.BATON_TOKEN ?? '',
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A run that wrote no summary measured nothing, so everything is missing. */
function readSummary(file: string): Summary {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Summary;
  } catch {
    return { metrics: {} };
  }
}
