import { abandonHandler } from './fail-handler.ts';
import { reportPending } from './reports.ts';
import type { RequestRun } from './request-run.ts';
import type { Walk } from './walk.ts';

/** A request without a deadline that is PENDING for so long is named, once, ms. */
const WARN_MS = 30_000;

/** How long LOG_REQUEST and END_REQUEST may be PENDING beyond the deadline that the request has missed, ms. */
const ENDING_GRACE_MS = 5_000;

/** Looks are at least so far apart, ms: each goes through all requests. */
const LOOK_MS = 200;

/** Finds requests that a module has left PENDING for too long: one timer for all, which is there only when something is PENDING. */
export class PendingWatch {
  readonly #runs: ReadonlySet<RequestRun>;
  readonly #warnMs: number;
  #timer: NodeJS.Timeout | undefined;
  #lookAtMs = Number.POSITIVE_INFINITY;

  constructor(runs: ReadonlySet<RequestRun>, warnMs = WARN_MS) {
    this.#runs = runs;
    this.#warnMs = warnMs;
  }

  /** A handler has left its request PENDING just now. */
  enter(walk: Walk): void {
    this.#arm(this.#dueOf(walk), walk.pendingAtMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lookAtMs = Number.POSITIVE_INFINITY;
  }

  #dueOf(walk: Walk): number {
    const { deadlineAtMs } = walk.run;
    if (deadlineAtMs === 0) return walk.isWarned ? Number.POSITIVE_INFINITY : walk.pendingAtMs + this.#warnMs;
    return walk.stage.isEnding ? Math.max(deadlineAtMs, walk.pendingAtMs + ENDING_GRACE_MS) : deadlineAtMs;
  }

  #arm(dueAtMs: number, nowMs: number): void {
    const lookAtMs = Math.max(dueAtMs, nowMs + LOOK_MS);
    if (lookAtMs >= this.#lookAtMs || lookAtMs === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.#timer);
    this.#lookAtMs = lookAtMs;
    this.#timer = setTimeout(look, lookAtMs - nowMs, this);
    this.#timer.unref();
  }

  look(): void {
    this.stop();
    const nowMs = Date.now();
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (const run of this.#runs)
      for (let walk: Walk | undefined = run.walks.newest; walk; walk = walk.outer) {
        if (!walk.isWaiting) continue;
        const dueAtMs = this.#dueOf(walk);
        if (dueAtMs > nowMs) nextAtMs = Math.min(nextAtMs, dueAtMs);
        else if (run.deadlineAtMs > 0) abandonHandler(walk, nowMs);
        else {
          walk.isWarned = true;
          reportPending(walk, nowMs);
        }
      }
    this.#arm(nextAtMs, nowMs);
  }
}

function look(watch: PendingWatch): void {
  watch.look();
}
