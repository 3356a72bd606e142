import type { ChannelRef } from '../messages.ts';

/** States of a worker as its host sees it; names of baton.control.v1.WorkerState. */
export const WORKER_STATES = ['starting', 'connecting', 'connected', 'stopping', 'exited'] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

/** How a worker process ended. */
export interface ExitFacts {
  /** Exit code; -1 with a signal, or when there never was a process. */
  readonly code: number;
  readonly signal: string;
  /** Code of docs/errors.md; '' for a planned stop that went well. */
  readonly errorCode: string;
  /** One line for an operator. */
  readonly message: string;
  /** A stop was ordered before. */
  readonly planned: boolean;
}

/** Everything a host tells about one worker. Records are replaced, never changed. */
export interface WorkerRecord {
  readonly workerId: string;
  readonly pool: string;
  readonly slot: string;
  readonly generation: number;
  readonly role: string;
  readonly state: WorkerState;
  /** 0 = no process yet. */
  readonly pid: number;
  readonly fromSpare: boolean;
  readonly startedAtMs: number;
  /** Longest time a stop may take, ms. */
  readonly shutdownTimeLimitMs: number;
  /** It must be gone before another host may be asked to start its successor. */
  readonly noOverlap: boolean;
  /** Channels its orders named and that are waited for. */
  readonly named: readonly ChannelRef[];
  /** Channels on which it is connected. */
  readonly connected: readonly ChannelRef[];
  readonly extraListens: readonly { readonly wanted: string; readonly actual: string }[];
  /** Unix time at which the stop order's limit passes, ms; 0 = none entered. It may be far beyond shutdownTimeLimit. */
  readonly stopByMs: number;
  /** Cause of the stop order; '' = none entered. */
  readonly stopCause: string;
  readonly exit: ExitFacts | undefined;
  readonly exitedAtMs: number;
}

/** Two references name the same channel. */
export function isSameChannel(a: ChannelRef, b: ChannelRef): boolean {
  return a.channelId === b.channelId && a.adapterId === b.adapterId;
}

/** A worker whose start order was just entered. */
export function newRecord(
  facts: Pick<WorkerRecord, 'workerId' | 'pool' | 'slot' | 'generation' | 'role' | 'startedAtMs' | 'shutdownTimeLimitMs'>,
  named: readonly ChannelRef[],
  noOverlap = false,
): WorkerRecord {
  return {
    ...facts,
    noOverlap,
    state: 'starting',
    pid: 0,
    fromSpare: false,
    named: named.map(({ adapterId, channelId }) => ({ adapterId, channelId })),
    connected: [],
    extraListens: [],
    stopByMs: 0,
    stopCause: '',
    exit: undefined,
    exitedAtMs: 0,
  };
}
