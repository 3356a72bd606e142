// A processor file of BullMQ as it is: new Worker('orders', 'processor.js') would run it, too. Nothing in here knows of Baton or of Redis.
import { setTimeout as sleep } from 'node:timers/promises';

/** Packs an order, item by item. */
export default async function pack(job, _token, signal) {
  const { items = [] } = job.data;
  if (!Array.isArray(items)) {
    const error = new Error(`items: expected a list, got ${typeof items}`);
    error.name = 'UnrecoverableError'; // trying again would not help
    throw error;
  }
  await job.log(`process ${process.pid} packs ${items.length} items, attempt ${job.attemptsMade + 1}`);
  for (const [at, item] of items.entries()) {
    await sleep(200, undefined, { signal });
    if (item === 'vase' && job.attemptsMade === 0) throw new Error('the vase broke');
    await job.updateProgress(Math.round(((at + 1) / items.length) * 100));
  }
  return { packed: items.length, by: process.pid };
}
