import type { WriteLog } from '../server/server-host.ts';
import type { ThreadPoolLimits } from '../thread-pool/thread-limits.ts';
import { ThreadPool } from '../thread-pool/thread-pool.ts';

/** A thread pool that tells the log what it warns of, and which of its routines fail. */
export function makeThreadPool(limits: ThreadPoolLimits, log: WriteLog): ThreadPool {
  const pool = new ThreadPool({ warn: (message) => log('warn', message), ...limits });
  pool.onError = (error, name) => log('error', `A routine of the thread pool failed: ${name}`, { routine: name, error });
  return pool;
}
