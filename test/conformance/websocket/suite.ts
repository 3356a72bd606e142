import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fixture, onePool } from '../../support/index.ts';
import type { CaseResult, Suite, Target } from '../suite.ts';
import type { Case } from './case.ts';
import { CASES } from './cases/index.ts';
import { play } from './play.ts';

const ENTRY = fixture('conformance/websocket.js');
/** Cases that run at once, each on a connection of its own. */
const AT_ONCE = 8;
/** How long the app may take to see an end, ms. */
const SEEN_LIMIT_MS = 5_000;

let runs = 0;

/** WebSocket through to the worker: what a client sees, and the close code that the app sees. */
export const websocket: Suite<undefined> = {
  name: 'websocket',
  title: 'WebSocket framing and handshakes, right and wrong',
  source: 'own cases from RFC 6455 and RFC 7692',
  rounds: ['steady', 'recycling'],
  demands: 'all',
  differences: {},
  prepare: async () => undefined,
  config: ({ port }) => onePool(ENTRY, 'startMode: alwaysRunning')(port),
  peer: () => ({ entry: ENTRY }),
  run: runCases,
};

type Played = Awaited<ReturnType<typeof play>>;

async function runCases({ host, port, dir }: Target): Promise<readonly CaseResult[]> {
  const run = `w${process.pid}x${++runs}`;
  const played: { readonly id: string; readonly result: Played }[] = [];
  const queue = CASES.map((probe, index) => ({ probe, id: `${run}p${index}z`, index }));
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = queue.shift(); next; next = queue.shift())
        played[next.index] = { id: next.id, result: await play(next.probe, next.id, host, port) };
    }),
  );
  const awaited = played.filter(({ result }) => result.isOpen).map(({ id }) => id);
  const path = join(dir, 'websocket.log');
  let ends = readEnds(path);
  for (const untilMs = Date.now() + SEEN_LIMIT_MS; awaited.some((id) => !ends.has(id)) && Date.now() < untilMs; ends = readEnds(path))
    await delay(50);
  return CASES.map((probe, index) => verdictOn(probe, played[index]!.result, ends.get(played[index]!.id)));
}

function readEnds(path: string): ReadonlyMap<string, string> {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  return new Map(lines.map((line) => JSON.parse(line) as { id: string; text: string }).map(({ id, text }) => [id, text]));
}

function verdictOn({ id, section, title, sees, app }: Case, { words, isOpen }: Played, end: string | undefined): CaseResult {
  const saw = words.join(', ');
  const observed = isOpen ? `${saw}; app: ${end ?? 'saw no end'}` : saw;
  const allowed = [sees].flat();
  const faults: string[] = [];
  if (!allowed.includes(saw)) faults.push(`expected ${allowed.join(' or ')}, saw ${saw}`);
  if (isOpen && end === undefined) faults.push('the app saw no end');
  if (app !== undefined && !end?.startsWith(String(app))) faults.push(`the app was to see ${app} and saw ${end}`);
  return { id, section, title, outcome: faults.length === 0 ? 'passed' : 'failed', observed, detail: faults.join('; ') };
}
