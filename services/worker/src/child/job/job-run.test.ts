import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createSessionPair,
  type JobAnswer,
  type JobDocument,
  type JobLine,
  jobLine,
  LineReader,
  type RequestStream,
  type ResetCause,
} from '@baton/channel';
import { defer, until } from '@baton/core';
import { DelayedError, UnrecoverableError } from 'bullmq';
import { exportedService } from '../app/exported-service.ts';
import { Services } from '../service/services.ts';
import { Tally } from '../service/tally.ts';

const DOCUMENT: JobDocument = {
  id: '7',
  name: 'mail',
  data: { to: 'x@example.com' },
  opts: { attempts: 3 },
  attemptsMade: 1,
  attemptsStarted: 2,
  stalledCounter: 0,
  timestamp: 1,
  processedOn: 2,
  priority: 0,
  delay: 0,
  progress: 0,
  stacktrace: [],
  queueName: 'orders',
  queueQualifiedName: 'bull:orders',
  prefix: 'bull',
  token: 'lock-1',
};

interface Given {
  readonly stream: RequestStream;
  readonly lines: JobLine[];
  /** "ended", or why it was reset. */
  readonly over: Promise<string>;
  answer(answer: JobAnswer): void;
}

interface Hosted extends Disposable {
  readonly tally: Tally;
  readonly services: Services;
  give(document?: Partial<JobDocument>): Given;
}

/** An app that exports `exported`, behind both ends of a real session. */
async function host(exported: unknown): Promise<Hosted> {
  const tally = new Tally({ busy() {}, calm() {} });
  const services = new Services();
  services.open('app');
  const service = exportedService('queue', exported, tally, false);
  assert.ok(service, 'expected a processor');
  services.set('app', 'queue', service);
  const pair = await createSessionPair({ protocol: 'queue', worker: { onRequest: (stream) => services.handle(stream) } });
  return {
    tally,
    services,
    give: (more = {}) => {
      const lines: JobLine[] = [];
      const reader = new LineReader(1_000_000);
      const over = defer<string>();
      const head = {
        protocol: 'queue',
        appKey: 'app',
        method: 'JOB',
        url: 'queue://orders',
        httpVersion: '1.1',
        headers: ['traceparent', '00-1-2-01'],
        remoteAddress: '',
        remotePort: 0,
        localAddress: '',
        localPort: 0,
        encrypted: false,
        deadlineMs: 0,
      } as const;
      const stream: RequestStream = pair.adapter.open(head, false, {
        onInterim() {},
        onHead() {},
        onData: (chunk) => {
          stream.consumed(chunk.length);
          for (const line of reader.read(chunk)!) lines.push(JSON.parse(line) as JobLine);
          const type = lines.at(-1)?.type;
          if (type === 'completed' || type === 'failed') stream.end();
        },
        onEnd: () => over.resolve('ended'),
        onReset: (cause: ResetCause) => over.resolve(cause),
        onCredit() {},
      });
      stream.write(jobLine({ ...DOCUMENT, ...more }));
      return { stream, lines, over: over.promise, answer: (answer) => void stream.write(jobLine(answer)) };
    },
    [Symbol.dispose]: () => pair.close(),
  };
}

test('processJob(job, signal) gets the job, and what it returns is its return value', async () => {
  const seen: unknown[] = [];
  using app = await host({
    processJob: async (job: { id: string; data: { to: string }; attemptsMade: number; traceparent: string }, signal: AbortSignal) => {
      seen.push(job.id, job.data.to, job.attemptsMade, job.traceparent, signal.aborted);
      return { sent: 1 };
    },
  });
  const job = app.give();
  assert.equal(await job.over, 'ended');
  assert.deepEqual(seen, ['7', 'x@example.com', 1, '00-1-2-01', false]);
  assert.deepEqual(job.lines, [{ type: 'completed', value: { sent: 1 } }]);
  assert.equal(app.tally.inFlight, 0);
  assert.equal(app.tally.served, 1);
});

test('the function of a BullMQ processor file is called with job, token and signal, in every form a module may have', async () => {
  const processor = async (job: { name: string }, token: string, signal: AbortSignal): Promise<unknown> => [
    job.name,
    token,
    signal.aborted,
  ];
  for (const exported of [processor, { default: processor }, { default: { default: processor } }]) {
    using app = await host(exported);
    const job = app.give();
    await job.over;
    assert.deepEqual(job.lines, [{ type: 'completed', value: ['mail', 'lock-1', false] }]);
  }
});

test('progress, log rows and data are told in order, before the end', async () => {
  using app = await host(async (job: Record<string, (value: unknown) => Promise<void>> & { data: unknown }) => {
    await job.updateProgress!(50);
    await job.log!('half way');
    await job.updateData!({ left: 2 });
    return job.data;
  });
  const job = app.give();
  await job.over;
  assert.deepEqual(job.lines, [
    { type: 'progress', value: 50 },
    { type: 'log', row: 'half way' },
    { type: 'data', value: { left: 2 } },
    { type: 'completed', value: { left: 2 } },
  ]);
});

test('errors keep their name where BullMQ acts on it, and whether they are unrecoverable', async () => {
  class Mine extends UnrecoverableError {}
  const cases: [() => unknown, string, string, boolean][] = [
    [() => new TypeError('bad'), 'TypeError', 'bad', false],
    [() => new Mine('never'), 'UnrecoverableError', 'never', true],
    [() => new DelayedError(), 'DelayedError', 'bullmq:movedToDelayed', false],
    [() => 'a string', 'Error', 'a string', false],
    [() => undefined, 'Error', 'the processor threw undefined', false],
  ];
  for (const [make, name, message, unrecoverable] of cases) {
    using app = await host(() => {
      throw make();
    });
    const job = app.give();
    await job.over;
    const [line] = job.lines;
    assert.ok(line?.type === 'failed');
    assert.deepEqual([line.name, line.message, line.unrecoverable], [name, message, unrecoverable]);
    assert.equal(app.tally.inFlight, 0);
  }
});

test('a return value that is no JSON fails the job', async () => {
  using app = await host(async () => 10n);
  const job = app.give();
  await job.over;
  assert.match((job.lines[0] as { message: string }).message, /BigInt/);
});

test('what a processor asks of its queue is answered by the adapter', async () => {
  using app = await host(
    async (job: { getChildrenValues(): Promise<object>; moveToDelayed(at: number, token: string): Promise<void> }, token: string) => {
      const values = await job.getChildrenValues();
      const error: Error = await job.moveToDelayed(5_000, token).then(
        () => assert.fail('it was done'),
        (thrown: Error) => thrown,
      );
      return [values, error.message];
    },
  );
  const job = app.give();
  await until(() => job.lines.length === 1, 10_000, 'the first question');
  assert.deepEqual(job.lines[0], { type: 'ask', id: 1, what: 'getChildrenValues', args: [] });
  job.answer({ type: 'answer', id: 1, value: { child: 3 } });
  await until(() => job.lines.length === 2, 10_000, 'the second question');
  assert.deepEqual(job.lines[1], { type: 'ask', id: 2, what: 'moveToDelayed', args: [5_000] });
  job.answer({ type: 'answer', id: 2, error: 'Missing lock' });
  await job.over;
  assert.deepEqual(job.lines[2], { type: 'completed', value: [{ child: 3 }, 'Missing lock'] });
});

test('a cancelled job hears it by its signal, and is in flight until its processor has ended', async () => {
  const begun = defer<AbortSignal>();
  const release = defer<undefined>();
  using app = await host({
    processJob: async (_job: unknown, signal: AbortSignal) => {
      begun.resolve(signal);
      await release.promise;
    },
  });
  const job = app.give();
  const signal = await begun.promise;
  job.stream.reset('CLIENT_CLOSED', 'the lock was lost');
  await until(() => signal.aborted, 10_000, 'the signal');
  assert.match(String(signal.reason), /the job was cancelled: the lock was lost/);
  assert.equal(app.tally.inFlight, 1);
  release.resolve(undefined);
  await until(() => app.tally.inFlight === 0, 10_000, 'the end of the processor');
});

test('a method that needs a connection of its own says so, and the lock needs nobody', async () => {
  using app = await host(async (job: { remove(): Promise<void>; extendLock(token: string, ms: number): Promise<number> }) => {
    assert.equal(await job.extendLock('t', 1000), 1);
    await job.remove();
  });
  const job = app.give();
  await job.over;
  assert.match((job.lines[0] as { message: string }).message, /^job\.remove is not available in a hosted processor/);
});

test('a processor that logs more than the adapter takes waits for it', async () => {
  const row = 'x'.repeat(100_000);
  let written = 0;
  using app = await host(async (job: { log(row: string): Promise<void> }) => {
    for (; written < 50; written++) await job.log(row);
  });
  const job = app.give();
  assert.equal(await job.over, 'ended');
  assert.equal(job.lines.length, 51);
});

test('a worker that is leaving gives a job back as not begun', async () => {
  using app = await host(async () => 1);
  app.services.release();
  assert.equal(await app.give().over, 'NOT_BEGUN');
});
