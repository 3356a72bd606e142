import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openHub } from '@baton/adapter-kit';
import { conformance, type SentOutcome } from '@baton/adapter-kit/conformance';
import { type JobDocument, jobLine } from '@baton/channel';
import { openRedis, startTestRedis } from '@baton/store';
import { Queue } from 'bullmq';
import { openQueue } from './open-queue.ts';
import { parseQueueBinding } from './queue-binding.ts';

const server = await startTestRedis();
const redis = openRedis(server.url, { name: 'test' });
const queues = new Map<string, Queue>();
after(async () => {
  for (const queue of queues.values()) await queue.close();
  redis.disconnect();
  await server.close();
});

let names = 0;

conformance({
  protocol: 'queue',
  onFailure: 'keep',

  async createBinding() {
    return `queue://q${++names}`;
  },

  async open({ id, was, secret }) {
    const hub = await openHub({ id });
    const log = { info() {}, warn() {} };
    const { stop } = await openQueue({
      ...{ hub, channelPer: 'pool', redisUrl: server.url, accessLog: undefined, tracing: undefined },
      ...{ was, secret, log },
    });
    return {
      send,
      stop: async () => {
        hub.isDraining = true;
        await stop(AbortSignal.timeout(10_000));
        hub.close();
      },
    };
  },

  read: (_head, body) => {
    const end = body.indexOf('\n');
    return end < 0 ? undefined : ((JSON.parse(body.subarray(0, end).toString()) as JobDocument).data as { text: string }).text;
  },

  answer(stream, text) {
    stream.sendHead({ status: 200, reason: 'OK', headers: '', framing: 'close', close: false });
    stream.write(jobLine({ type: 'completed', value: text }));
    stream.end();
  },
});

/** Adds a job as any producer does, and looks until it has ended. */
async function send(binding: string, text: string, signal: AbortSignal): Promise<SentOutcome> {
  const name = parseQueueBinding(binding);
  const queue = queues.get(name) ?? new Queue(name, { connection: redis });
  queues.set(name, queue);
  const { id } = await queue.add('job', { text });
  while (!signal.aborted) {
    const job = await queue.getJob(id!);
    if (job?.finishedOn) return job.failedReason ? { kind: 'failed' } : { kind: 'answered', text: String(job.returnvalue) };
    await sleep(10);
  }
  return { kind: 'failed' };
}
