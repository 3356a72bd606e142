import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture, onePool } from '../../support/index.ts';
import type { CaseResult, Suite, Target } from '../suite.ts';
import { DIFFERENCES } from './differences.ts';
import { type Played, play } from './play.ts';
import { PROBES } from './probes/index.ts';
import { type SeenRequest, verdictOn } from './verdict.ts';

const ENTRY = fixture('conformance/http1.js');
/** Probes that run at once, each on a connection of its own. */
const AT_ONCE = 8;
/** How long a request that was refused could still arrive at the app, ms. */
const LATE_MS = 250;

let runs = 0;

/** HTTP/1.1: framing, syntax, and what makes two readers of the same bytes disagree. */
export const http1: Suite<undefined> = {
  name: 'http1',
  title: 'HTTP/1.1 smuggling and framing',
  source: 'own cases from RFC 9110 and RFC 9112',
  rounds: ['steady', 'recycling'],
  demands: 'all',
  differences: DIFFERENCES,
  prepare: async () => undefined,
  config: ({ port }) => onePool(ENTRY, 'startMode: alwaysRunning')(port),
  peer: () => ({ entry: ENTRY }),
  run: runProbes,
};

async function runProbes({ host, port, dir }: Target): Promise<readonly CaseResult[]> {
  const run = `r${process.pid}x${++runs}`;
  const played: { readonly id: string; readonly result: Played }[] = [];
  const queue = PROBES.map((probe, index) => ({ probe, id: `${run}p${index}z`, index }));
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = queue.shift(); next; next = queue.shift())
        played[next.index] = { id: next.id, result: await play(next.probe, next.id, host, port) };
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, LATE_MS));
  const lines = readLog(join(dir, 'http1.log')).filter((line) => line.includes(run));
  return PROBES.map((probe, index) => {
    const { id, result } = played[index]!;
    const seen = lines.filter((line) => line.includes(id)).map((line) => JSON.parse(line) as SeenRequest);
    return verdictOn(probe, id, result, seen);
  });
}

const readLog = (path: string): readonly string[] => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []);
