import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@baton/core/testing';
import { type Cluster, startCluster } from '../support/index.ts';
import { judge } from './judge.ts';
import { startPeer } from './peer.ts';
import { startRecycling } from './recycling.ts';
import type { CaseResult, Place, Round, Row, Suite, SuiteReport, Target } from './suite.ts';

const HOST = '127.0.0.1';
/** A recycling round goes on until so many have completed under it. */
const MIN_RECYCLES = 5;

/** Runs a suite against Node alone, then against a cluster in each of its rounds. A missing tool is part of the report, not an error. */
export async function runSuite<Tool>(suite: Suite<Tool>, say: (line: string) => void): Promise<SuiteReport> {
  const { name, title, source } = suite;
  let tool: Tool;
  try {
    tool = await suite.prepare(say);
  } catch (error) {
    const missing = error instanceof Error ? error.message : String(error);
    return { suite: name, title, source, missing, rows: [], faults: [], differences: [] };
  }
  say(`${name}: against Node alone`);
  const rows = [await withPlace((place) => againstNode(suite, tool, place))];
  await withPlace(async (place) => {
    const config = await suite.config(place);
    await using cluster = await startCluster({ config: () => config, port: place.port, env: { CONFORMANCE_DIR: place.dir } });
    for (const round of suite.rounds) {
      say(`${name}: against Baton, ${round}`);
      rows.push(await againstBaton(suite, tool, place, cluster, round));
    }
  });
  return { suite: name, title, source, missing: undefined, rows, ...judge(suite, rows) };
}

async function againstNode<Tool>(suite: Suite<Tool>, tool: Tool, place: Place): Promise<Row> {
  await using _peer = await startPeer(await suite.peer(place), place);
  const target: Target = { ...place, who: 'node', round: 'steady', host: HOST };
  return rowOf('node', 'steady', [await suite.run(target, tool)], 0);
}

async function againstBaton<Tool>(suite: Suite<Tool>, tool: Tool, place: Place, cluster: Cluster, round: Round): Promise<Row> {
  const target: Target = { ...place, who: 'baton', round, host: HOST };
  if (round === 'steady') return rowOf('baton', round, [await suite.run(target, tool)], 0);
  const recycling = startRecycling(cluster.admin, 'app');
  const passes: (readonly CaseResult[])[] = [];
  try {
    while (passes.length === 0 || recycling.completed < MIN_RECYCLES) {
      passes.push(await suite.run(target, tool));
      recycling.check();
    }
  } finally {
    await recycling.stop();
  }
  return rowOf('baton', round, passes, recycling.completed);
}

/** Of several passes the worst outcome of a case counts. */
function rowOf(who: Row['who'], round: Round, passes: readonly (readonly CaseResult[])[], recycles: number): Row {
  const worst = new Map<string, CaseResult>();
  for (const result of passes.flat()) {
    const known = worst.get(result.id);
    if (!known || (known.outcome !== 'failed' && result.outcome === 'failed')) worst.set(result.id, result);
  }
  const results = [...worst.values()];
  const count = (outcome: CaseResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return {
    who,
    round,
    passes: passes.length,
    cases: results.length,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    recycles,
    results,
  };
}

async function withPlace<T>(use: (place: Place) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'baton-conformance-'));
  try {
    return await use({ dir, port: await freePort(), tlsPort: await freePort() });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
