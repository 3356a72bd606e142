// Gives back what a job holds after some milliseconds, and writes down what it began.
import { setTimeout as sleep } from 'node:timers/promises';
import ledger from './ledger.js';

export async function processJob(job) {
  ledger.begun(job.id);
  await sleep(job.data.ms);
  return { text: job.data.text, pid: process.pid };
}
