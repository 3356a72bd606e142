import { availableParallelism, totalmem } from 'node:os';
import { HostError } from '../errors/host-error.ts';

/** No pool has more slots than this (IHttpServer::IncrementThreadCount). */
export const MAX_THREADS = 256;

const PER_PROCESSOR = 4;
/** Above this many per processor, more slots mostly wait for each other. */
const ADVISED_PER_PROCESSOR = 20;

export interface ThreadPoolLimits {
  /** Slots at the start; `increment` and `decrement` move it. @default 4 per processor, at most poolThreadLimit */
  readonly maxPoolThreads?: number;
  /** Slots there may ever be, at most 256; one below maxPoolThreads is raised to it. @default 2 per MB of memory, at most 256 */
  readonly poolThreadLimit?: number;
  /** Overlapped operations under way at once; one more is refused with ERROR_NOT_ENOUGH_QUOTA. @default 65536 */
  readonly maxOperations?: number;
  /** CPU-heavy routines that wait for a worker thread; one more ends with ERROR_NOT_ENOUGH_QUOTA. @default 256 */
  readonly maxQueuedOnThreads?: number;
  /** Hears of limits that were changed or are unwise. */
  readonly warn?: (message: string) => void;
}

export interface ThreadLimits {
  readonly maxPoolThreads: number;
  readonly poolThreadLimit: number;
  readonly maxOperations: number;
  readonly maxQueuedOnThreads: number;
}

/** Limits in force, of those given and this machine. Throws HostError ERROR_INVALID_PARAMETER for what is no limit. */
export function decideLimits(
  given: ThreadPoolLimits = {},
  processors = availableParallelism(),
  memoryMb = usableMemory() / 2 ** 20,
): ThreadLimits {
  const asked = checked('maxPoolThreads', given.maxPoolThreads, MAX_THREADS);
  const hard =
    checked('poolThreadLimit', given.poolThreadLimit, MAX_THREADS) ?? Math.max(1, Math.min(MAX_THREADS, Math.floor(2 * memoryMb)));
  const soft = asked ?? Math.min(PER_PROCESSOR * processors, hard);
  if (soft > hard) given.warn?.(`poolThreadLimit ${hard} is below maxPoolThreads ${soft} and is taken as ${soft}`);
  if (soft > ADVISED_PER_PROCESSOR * processors)
    given.warn?.(`maxPoolThreads ${soft} is more than ${ADVISED_PER_PROCESSOR} per processor, of which there are ${processors}`);
  return {
    maxPoolThreads: soft,
    poolThreadLimit: Math.max(soft, hard),
    maxOperations: checked('maxOperations', given.maxOperations, 2 ** 20) ?? 65_536,
    maxQueuedOnThreads: checked('maxQueuedOnThreads', given.maxQueuedOnThreads, 65_536) ?? MAX_THREADS,
  };
}

function checked(name: string, value: number | undefined, most: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return value;
  throw new HostError('ERROR_INVALID_PARAMETER', `${name}: a whole number from 1 to ${most} was expected, ${value} came`);
}

/** Bytes; in a container its own limit. */
function usableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
