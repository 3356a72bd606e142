// The producer's side: a stock Queue and QueueEvents. node examples/queue/add.js [JOBS]
import { readFileSync } from 'node:fs';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';

// "npm start" keeps a Redis of its own and names it here; elsewhere it is the Redis that the adapters were given.
const file = new URL('../../.baton/cluster.json', import.meta.url);
const url = process.env.REDIS_URL ?? JSON.parse(readFileSync(file, 'utf8')).redis;
const connect = () => new Redis(url.replace(/^unix:/, ''), { maxRetriesPerRequest: null });

const [redis, blocking] = [connect(), connect()];
const queue = new Queue('orders', { connection: redis });
const events = new QueueEvents('orders', { connection: blocking });
await events.waitUntilReady();
events.on('progress', ({ jobId, data }) => console.log(`order ${jobId}: ${data} %`));

const ITEMS = ['cup', 'plate', 'vase', 'bowl'];
const orders = Array.from({ length: Number(process.argv[2] ?? 3) }, (_, at) => ({
  name: 'order',
  data: { items: ITEMS.slice(0, 2 + (at % 3)) },
  opts: { attempts: 3, backoff: { type: 'exponential', delay: 500 } },
}));
const jobs = await queue.addBulk(orders);
await Promise.all(
  jobs.map(async (job) => {
    const { packed, by } = await job.waitUntilFinished(events, 60_000);
    const { attemptsMade } = await queue.getJob(job.id);
    console.log(`order ${job.id}: ${packed} items packed by process ${by}, attempts: ${attemptsMade}`);
  }),
);
await events.close();
await queue.close();
redis.disconnect();
blocking.disconnect();
