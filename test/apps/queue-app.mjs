// Runs jobs of so many milliseconds, and writes to a list of its own in Redis when it starts and when it ends one.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const url = JSON.parse(readFileSync(`${process.env.CLUSTER_DIR}/data/cluster.json`, 'utf8')).redis;
const redis = new Redis(url.replace(/^unix:/, ''), { maxRetriesPerRequest: null });

export async function processJob(job) {
  await redis.rpush('app:starts', JSON.stringify({ id: job.id, pid: process.pid, at: Date.now(), attempt: job.attemptsMade }));
  if (job.data.failures > job.attemptsMade) throw new Error(`failure ${job.attemptsMade + 1}`);
  await sleep(job.data.ms);
  await redis.rpush('app:ends', JSON.stringify({ id: job.id, pid: process.pid }));
  return { i: job.data.i };
}
