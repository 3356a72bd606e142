// Question: what does a request that a module leaves PENDING take in memory, more than one that a plain handler leaves open?
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface PendingResult {
  readonly requests: number;
  /** Heap after GC, bytes for each request. */
  readonly openBytes: number;
  readonly pendingBytes: number;
  readonly differenceBytes: number;
}

/** The test of the limit, with as many requests as the limit is said for: real sockets, and a process of its own. */
export async function measurePending(requests: number): Promise<PendingResult> {
  const test = new URL('../packages/sdk/dist/pipeline/pending-memory.test.js', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', test], {
    env: { ...process.env, BATON_PENDING: `${requests}`, NODE_TEST_CONTEXT: undefined },
  });
  const [, open, pending, difference] = /(\d+) bytes open, (\d+) PENDING, (-?\d+) more/.exec(stdout) ?? [];
  if (!difference) throw new Error(`the test printed no figures:\n${stdout}`);
  return { requests, openBytes: Number(open), pendingBytes: Number(pending), differenceBytes: Number(difference) };
}
