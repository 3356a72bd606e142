// Are 20,000 jobs each done once, through 50 recycles and 20 kill -9 of workers, on two hosts and two adapters?
// And those of an adapter that is killed: does BullMQ's stall check bring each back, once?
// npm run test:queues [-- JOBS RECYCLES KILLS [JOBS-OF-THE-ADAPTER]]; 0 jobs leave a part out.
import assert from 'node:assert/strict';
import { fixture, startCluster } from '../../support/index.ts';
import { killAdapter } from './adapter-death.ts';
import { judge } from './judge.ts';
import { queueConfig, runQueue } from './run.ts';

const [jobs = 20_000, recycles = 50, kills = 20, jobsOfAdapter = 120] = process.argv.slice(2).map(Number);

await using cluster = await startCluster({
  config: queueConfig(fixture('queue-app.mjs')),
  args: ['--hosts', '2', '--adapters', '2', '--spares', '1'],
});
if (jobs > 0) await runAndJudge();
if (jobsOfAdapter > 0) {
  const { adapter, held, backMs, againMs, meanwhile, attemptsStarted } = await killAdapter(cluster, jobsOfAdapter, console.log);
  const span = (times: readonly number[]) => `${(times[0]! / 1000).toFixed(1)} to ${(times.at(-1)! / 1000).toFixed(1)} s`;
  console.log(`BullMQ's stall check put them back ${span(backMs)} after the kill, and they began again ${span(againMs)} after it`);
  console.log(`${meanwhile} jobs of the other adapter and of its successor completed before that`);
  console.log(
    `all ${jobsOfAdapter} completed, each told once, as one attempt (attemptsMade 1); the ${held.length} of ${adapter} were started twice ` +
      `(attemptsStarted ${[...new Set(attemptsStarted)].join(', ')}) and stalled once, no other was`,
  );
}

async function runAndJudge(): Promise<void> {
  const report = await runQueue(cluster, { jobs, recycles, kills, ahead: 400, longestMs: 150, limitMs: 900_000, say: console.log });
  const { faults, restarted, stalls, restartMs, figures } = judge(report);
  const { receipts } = report;
  const done = receipts.filter(({ outcome }) => outcome === 'completed').length;
  const twice = [...report.completions.values()].filter((count) => count !== 1).length;
  console.log(
    `\n${jobs} jobs in ${(report.durationMs / 1000).toFixed(1)} s: ${report.completions.size} told completed, ${twice} of them not once`,
  );
  console.log(
    `${report.starts.length} starts by the app's own count; ${restarted} jobs started again, ${stalls} stalls counted, 0 attempts for them`,
  );
  console.log(`${done} recycles completed and ${receipts.length - done} not, ${report.kills.length} workers killed`);
  console.log(
    `receipts: in flight ${figures.inFlight} = ${figures.finished} finished + ${figures.moved} moved + ${figures.replayed} replayed + ${figures.failed} failed`,
  );
  if (restartMs.length > 0) {
    const of = (share: number) => restartMs[Math.min(restartMs.length - 1, Math.floor(restartMs.length * share))];
    console.log(
      `from a kill to the next start of a job it interrupted: median ${of(0.5)} ms, p95 ${of(0.95)} ms, longest ${restartMs.at(-1)} ms`,
    );
  }
  assert.deepEqual(faults.slice(0, 20), [], `${faults.length} faults`);
  assert.equal(report.kills.length, kills);
  assert.equal(done >= recycles, true, `only ${done} recycles completed`);
  console.log('every job completed, each told once; none was started again but where a worker was killed');
}
