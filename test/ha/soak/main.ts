// Do 200 recycles in a row, across two hosts and two adapters, cost a single one of 500 requests a second anything? `npm run test:soak [-- RECYCLES]`
import assert from 'node:assert/strict';
import type { Recycle } from '@baton/admin';
import { type Failure, type LoadReport, startLoad, startPair } from '../../support/index.ts';

const PER_SECOND = 500;
/** A client that sends less, or later, has not asked what this run is to answer. */
const LEAST_PER_SECOND = 490;
const LATE_LIMIT_MS = 250;
const RECYCLES = Number(process.argv[2] ?? 200);

const startedAtMs = Date.now();
await using pair = await startPair();
await pair.activate();
const [first] = await pair.admin.workers();
using load = startLoad({ url: pair.url, perSecond: PER_SECOND });
const receipts: Recycle[] = [];
while (receipts.length < RECYCLES) {
  const [receipt, ...others] = await pair.cluster.baton<Recycle[]>('pool', 'recycle', 'app', '--wait', '--reason', 'soak');
  assert.ok(receipt && others.length === 0);
  receipts.push(receipt);
  if (receipts.length % 20 === 0) console.log(`${receipts.length} recycles, ${load.sent} requests, ${load.failures.length} failed`);
}
const [last] = await pair.admin.workers();
const report = await load.stop();
const history = await pair.finish();

printSummary(report, receipts);
const sum = (figure: (receipt: Recycle) => number) => receipts.reduce((total, receipt) => total + figure(receipt), 0);
const moved = receipts.filter(({ oldHost, newHost }) => oldHost !== newHost).length;
const rate = (report.sent * 1_000) / report.durationMs;
assert.deepEqual(report.failures.slice(0, 10), [], `${report.failures.length} requests failed`);
assert.equal(
  sum(({ failed }) => failed),
  report.failures.length,
  'the receipts say another number of failures',
);
assert.ok(rate >= LEAST_PER_SECOND, `only ${rate.toFixed(1)} requests a second were sent`);
assert.ok(report.lateMs <= LATE_LIMIT_MS, `the client was ${report.lateMs.toFixed(0)} ms behind its schedule`);
assert.deepEqual(new Set(receipts.map(({ outcome, incomplete }) => `${outcome} ${incomplete}`)), new Set(['completed false']));
assert.equal(last!.generation - first!.generation, RECYCLES, 'the generation moved another number of times');
assert.equal(report.pids.size, RECYCLES + 1, 'clients were answered by another number of processes');
assert.ok(moved >= RECYCLES / 2, `only ${moved} changed host`);
assert.equal(history.receipts.length, RECYCLES);
console.log(
  `${RECYCLES} recycles, ${report.sent} requests, 0 failed; checker silent, no process left; ${Math.round((Date.now() - startedAtMs) / 1000)} s`,
);

/** What happened, also when it was not what it should have been. */
function printSummary({ sent, failures, latency, lateMs, durationMs }: LoadReport, all: readonly Recycle[]): void {
  console.log(
    `\n${sent} requests in ${(durationMs / 1000).toFixed(1)} s (${((sent * 1000) / durationMs).toFixed(0)}/s), ${failures.length} failed by the client's own count`,
  );
  console.table(
    Object.fromEntries(
      Object.entries(latency).map(([name, { count, ...times }]) => [
        name,
        { count, ...Object.fromEntries(Object.entries(times).map(([key, ms]) => [key, Math.round(ms * 10) / 10])) },
      ]),
    ),
  );
  console.log(`the client was at most ${lateMs.toFixed(0)} ms behind its schedule`);
  const total = (figure: (receipt: Recycle) => number | null) => all.reduce((before, receipt) => before + (figure(receipt) ?? 0), 0);
  const changed = all.filter(({ oldHost, newHost }) => oldHost !== newHost).length;
  console.log(
    `${all.length} recycles, ${changed} to another host; in flight ${total((one) => one.inFlightAtHandover)} = ` +
      `${total(({ finished }) => finished)} finished + ${total((one) => one.moved)} moved + ${total(({ replayed }) => replayed)} replayed + ${total(({ failed }) => failed)} failed`,
  );
  for (const name of ['placing', 'starting', 'connecting', 'handover', 'draining', 'stopping']) {
    const times = all.flatMap(({ phases }) => phases.filter((phase) => phase.name === name).map(({ ms }) => ms)).sort((a, b) => a - b);
    console.log(`${name.padEnd(10)} median ${Math.round(times[times.length >> 1] ?? 0)} ms, longest ${Math.round(times.at(-1) ?? 0)} ms`);
  }
  const holds = all.map(({ longestHoldMs }) => longestHoldMs ?? 0).sort((a, b) => a - b);
  console.log(`longest hold of a request: median ${holds[holds.length >> 1]?.toFixed(1)} ms, longest ${holds.at(-1)?.toFixed(1)} ms`);
  for (const [wrong, count] of countBy(failures)) console.log(`FAILED ${count} × ${wrong}`);
}

function countBy(failures: readonly Failure[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { request, wrong } of failures) counts.set(`${request}: ${wrong}`, (counts.get(`${request}: ${wrong}`) ?? 0) + 1);
  return counts;
}
