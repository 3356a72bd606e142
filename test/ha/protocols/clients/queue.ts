import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import type { Protocol, Sight } from '../protocol.ts';

const QUEUE = 'laps';

/** Jobs of 0 to 300 ms, added by a stock producer; done when QueueEvents says so. */
export const queue: Protocol = {
  name: 'queue jobs',
  entry: 'echo-jobs.mjs',
  binding: () => `queue://${QUEUE}`,
  perSecond: 80,
  async open(cluster) {
    const url = String(cluster.file().redis);
    const connect = () => new Redis(url.replace(/^unix:/, ''), { maxRetriesPerRequest: null });
    // BullMQ leaves connections open that it was given.
    const connections = [connect(), connect()] as const;
    const events = new QueueEvents(QUEUE, { connection: connections[0] });
    const producer = new Queue(QUEUE, { connection: connections[1] });
    await Promise.all([events.waitUntilReady(), producer.waitUntilReady()]);
    const waiting = new Map<string, (sight: Sight) => void>();
    const end = (id: string, sight: Sight) => {
      const resolve = waiting.get(id);
      // a second end of the same job would be one too many
      if (resolve) resolve(sight);
      else doubled.push(id);
      waiting.delete(id);
    };
    const doubled: string[] = [];
    events.on('completed', ({ jobId, returnvalue }) => {
      const { text, pid } = returnvalue as unknown as { text: string; pid: number };
      end(jobId, text === `lap ${jobId}` ? { pid } : { wrong: `returned ${JSON.stringify(returnvalue)}` });
    });
    events.on('failed', ({ jobId, failedReason }) => end(jobId, { wrong: failedReason }));
    let count = 0;
    return {
      send: (id) =>
        new Promise((resolve) => {
          waiting.set(id, resolve);
          producer
            .add('lap', { text: `lap ${id}`, ms: (count++ * 37) % 300 }, { jobId: id })
            .catch((error: Error) => end(id, { wrong: error.message }));
        }),
      close: async () => {
        await Promise.all([events.close(), producer.close()]);
        for (const connection of connections) connection.disconnect();
        if (doubled.length > 0) throw new Error(`${doubled.length} jobs ended twice: ${doubled.slice(0, 5)}`);
      },
    };
  },
};
