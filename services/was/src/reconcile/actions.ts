import type { SendHandover } from '../handover/facts.ts';
import type { RecycleRequest } from '../recycle/request.ts';
import type { WorkerEventName } from '../worker/states.ts';

/** What the slot engine is to do next. One at a time: after each, everything is looked at again. */
export type Action =
  | { readonly do: 'wait'; readonly untilMs: number }
  /** Nobody serves any more. `start`: and another one is wanted, not before then. */
  | { readonly do: 'release'; readonly start: { readonly reason: string; readonly delayMs: number } | undefined }
  | { readonly do: 'adopt'; readonly workerId: string }
  | { readonly do: 'want'; readonly reason: string }
  | { readonly do: 'unwant' }
  | { readonly do: 'start'; readonly reason: string }
  | { readonly do: 'place'; readonly workerId: string; readonly hostId: string }
  | { readonly do: 'move'; readonly workerId: string; readonly event: WorkerEventName; readonly cause: string; readonly limitMs?: number }
  | { readonly do: 'handover'; readonly step: SendHandover }
  | { readonly do: 'beginIdleOut'; readonly workerId: string; readonly needs: readonly string[] }
  | { readonly do: 'denyWish'; readonly workerId: string; readonly reason: string }
  /** A condition of the slot asks for a recycle; `mark`: what it is asked for once only. */
  | { readonly do: 'askRecycle'; readonly workerId: string; readonly mark: string; readonly request: RecycleRequest }
  /** The recycle that waits for its turn begins, or never will. */
  | { readonly do: 'beginRecycle'; readonly isParking: boolean }
  | { readonly do: 'dropRecycle'; readonly cause: string }
  /** A new leader goes on with a change where it was. */
  | { readonly do: 'resume' }
  | { readonly do: 'handOver' }
  | { readonly do: 'commit'; readonly inFlight: number }
  /** It is committed and its old worker only drains: the slot is free for the next. */
  | { readonly do: 'setAside' }
  /** The old worker of a change that was set aside has ended. */
  | { readonly do: 'endDrain'; readonly id: string }
  | { readonly do: 'rollBack'; readonly cause: string }
  | { readonly do: 'endChange'; readonly outcome: 'completed' | 'failed'; readonly cause: string }
  | { readonly do: 'order'; readonly workerId: string; readonly verb: 'start' | 'stop' | 'kill' }
  | { readonly do: 'connect'; readonly workerId: string; readonly refs: readonly string[] };
