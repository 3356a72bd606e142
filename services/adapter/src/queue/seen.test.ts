import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '@baton/core';
import { type FinishedSpan, formatTraceparent, HeadSampler, newTrace, parseTraceparent } from '@baton/telemetry';
import { type Job, Queue } from 'bullmq';
import { LineFile } from '../log/access-log.ts';
import { QueueStage } from '../testing/queue-stage.ts';
import { startRedis } from '../testing/start-redis.ts';
import { traceparentOf } from './trace-of-job.ts';

const { server, redis } = await startRedis();

const jobWith = (metadata: unknown): Job => ({ opts: { telemetry: { metadata } } }) as unknown as Job;

test('the trace context of a job is what its telemetry metadata holds, as a carrier of headers or alone', () => {
  const traceparent = formatTraceparent(newTrace());
  for (const metadata of [traceparent, JSON.stringify({ traceparent, tracestate: 'a=b' })]) {
    assert.equal(traceparentOf(jobWith(metadata)), traceparent);
  }
  for (const metadata of [undefined, '', '{}', '{"traceparent":5}', '{"traceparent":"x"}', '{broken', 'x', 7, `{${' '.repeat(9_000)}}`]) {
    assert.equal(traceparentOf(jobWith(metadata)), undefined, String(metadata).slice(0, 30));
  }
  assert.equal(traceparentOf({ opts: {} } as Job), undefined);
});

test('a job leaves a line in the access log, spans under who added it, and counts in the figures of its pool', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'baton-log-'));
  const path = join(dir, 'access.log');
  const accessLog = new LineFile(path);
  const written: FinishedSpan[] = [];
  const tracing = {
    sampler: new HeadSampler({ ratio: 0, isParentBased: true }),
    spans: { write: (span: FinishedSpan) => void written.push(span) },
  };
  const queue = new Queue('seen', { connection: redis });
  try {
    await using stage = await QueueStage.open({ redisUrl: server.url, queue: 'seen', listener: { accessLog, tracing } });
    await stage.connect(1);
    const caller = newTrace();
    const telemetry = { metadata: JSON.stringify({ traceparent: formatTraceparent(caller) }) };
    const traced = await queue.add('mail "x"\n', {}, { telemetry });
    await until(() => stage.jobs.length === 1, 20_000, 'the job');
    stage.jobs[0]!.end();
    await until(() => stage.pool.counters.answered === 1, 20_000, 'its end');
    const plain = await queue.add('other', {});
    await until(() => stage.jobs.length === 2, 20_000, 'the second job');
    stage.kill(1);
    const { durations } = stage.pool.counters;
    const ended = () => [...durations.all()].reduce((sum, { histogram }) => sum + histogram.count, 0);
    await until(() => ended() === 2, 20_000, 'both in the figures');

    const [app, job, ...rest] = written;
    assert.deepEqual(rest, [], 'the second job came without a trace');
    assert.deepEqual([job!.name, job!.kind, job!.parentSpanId, job!.isParentRemote], ['process seen', 'consumer', caller.spanId, true]);
    assert.equal(job!.context.traceId, caller.traceId);
    assert.equal(job!.attributes['messaging.message.id'], traced.id);
    assert.deepEqual([app!.name, app!.parentSpanId, app!.attributes['baton.worker']], ['baton.app', job!.context.spanId, 'w1']);
    assert.deepEqual(parseTraceparent(stage.jobs[0]!.headers[1]!), app!.context);

    await accessLog.flushed();
    const lines = (await readFile(path, 'ascii'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const jobs = lines.filter(({ type }) => type === 'job');
    assert.deepEqual(
      jobs.map(({ protocol, queue: name, job: id, outcome, worker, error, traceId }) => [
        protocol,
        name,
        id,
        outcome,
        worker,
        error,
        traceId,
      ]),
      [
        ['queue', 'seen', traced.id, 'completed', 'w1', undefined, caller.traceId],
        ['queue', 'seen', plain.id, 'stalled', 'w1', 'WORKER_DIED', undefined],
      ],
    );
    assert.equal(jobs[0]!.name, 'mail "x"?');
    assert.equal(jobs[1]!.stalls, 1);
  } finally {
    await queue.close();
    await accessLog.close();
    await rm(dir, { recursive: true, force: true });
  }
});
