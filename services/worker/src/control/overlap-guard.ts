import type { WorkerRecord } from '../slots/record.ts';

export interface OverlapGuardOptions {
  readonly live: () => readonly WorkerRecord[];
  /** Ends a worker within `limitMs`; `force`: one that is being stopped already and may not take its time any more. */
  readonly stop: (workerId: string, limitMs: number, force: boolean) => void;
  /** Silence after which no worker that must not overlap may go on, ms. @default 4_000 */
  readonly silentMs?: number | undefined;
}

/** The leader gives this host's slots away 5 s after it last heard of it: from 4 s on a worker has less than the rest to end, ms. */
const SILENT_MS = 4_000;
const END_WITHIN_MS = 800;
const EVERY_MS = 100;

/**
 * Ends workers of `disallowOverlappingRotation` pools when the leader may give their slots to another host (handover.md, Presence).
 *
 * - Counted from the sending of the last heartbeat that was acknowledged: the leader heard it later, so its 5 s end later.
 * - All other workers go on serving without a leader, for any length of time.
 */
export class OverlapGuard {
  readonly #options: OverlapGuardOptions;
  readonly #hurried = new Set<string>();
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OverlapGuardOptions) {
    this.#options = options;
  }

  /** No leader may be counting on this host. */
  get isAlone(): boolean {
    return performance.now() - this.#heardAtMs >= (this.#options.silentMs ?? SILENT_MS);
  }

  open(): void {
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  /** A leader has answered what was sent at `sentAtMs` of `performance.now()`. */
  heard(sentAtMs: number): void {
    this.#heardAtMs = Math.max(this.#heardAtMs, sentAtMs);
    this.#hurried.clear();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (!this.isAlone) return;
    for (const { workerId, noOverlap, state, shutdownTimeLimitMs } of this.#options.live()) {
      if (!noOverlap || this.#hurried.has(workerId)) continue;
      this.#hurried.add(workerId);
      this.#options.stop(workerId, Math.min(shutdownTimeLimitMs, END_WITHIN_MS), state === 'stopping');
    }
  }
}
