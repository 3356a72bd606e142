import type { SendHandover } from '../handover/facts.ts';
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
  | { readonly do: 'move'; readonly workerId: string; readonly event: WorkerEventName; readonly cause: string }
  | { readonly do: 'handover'; readonly step: SendHandover }
  | { readonly do: 'beginIdleOut'; readonly workerId: string; readonly needs: readonly string[] }
  | { readonly do: 'denyWish'; readonly workerId: string; readonly reason: string }
  | { readonly do: 'commit'; readonly inFlight: number }
  | { readonly do: 'rollBack'; readonly cause: string }
  | { readonly do: 'endChange'; readonly outcome: 'completed' | 'failed'; readonly cause: string }
  | { readonly do: 'order'; readonly workerId: string; readonly verb: 'start' | 'stop' | 'kill' }
  | { readonly do: 'connect'; readonly workerId: string; readonly refs: readonly string[] };
