/** What a worker that lost its host can see and do. */
export interface OrphanParts {
  /** At least one channel has its link. */
  isAnyUp(): boolean;
  /** A request is in flight, or a frame is not acknowledged, on a session that may still resume. */
  isAnyOpen(): boolean;
  /** A drain frame was read on every channel it was connected on: another worker has taken over. */
  isRelieved(): boolean;
  /** Leaves every channel, finishes what was begun and ends, within `limitMs`. */
  depart(limitMs: number): void;
  exit(): void;
}

export interface OrphanOptions {
  readonly shutdownTimeLimitMs: number;
  /** Its successor must not start while it runs. */
  readonly noOverlap: boolean;
}

/**
 * WAS asks another host for the successor 5 s after it last heard of this worker's host, and its last word may be a second older than its end: by
 * then a worker that must not overlap is gone, ms.
 */
const NO_OVERLAP_MS = 3_000;

/**
 * A worker whose host process is gone (handover.md, Presence; docs/adr/0006).
 *
 * - It goes on serving and does not say leaving, for nobody could take over yet. WAS starts a higher generation elsewhere, to which the adapters
 *   turn; when it has read their drain frame on every channel it leaves. After shutdownTimeLimit it leaves in any case.
 * - With no link up and nothing begun there is nobody to serve: it ends at once, so that nothing is left when a whole cluster is killed.
 *   What was begun waits for a link to resume: a drop ends no request. The resume limit of the sessions ends that wait.
 * - One that must not overlap its successor leaves at once.
 */
export class Orphan {
  readonly #parts: OrphanParts;
  readonly #options: OrphanOptions;
  #timer: NodeJS.Timeout | undefined;
  #isLeaving = false;

  constructor(parts: OrphanParts, options: OrphanOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  begin(): void {
    const { shutdownTimeLimitMs, noOverlap } = this.#options;
    if (this.#isAlone) this.#parts.exit();
    else if (noOverlap) this.#leave(Math.min(shutdownTimeLimitMs, NO_OVERLAP_MS));
    else {
      this.#timer = setTimeout(() => this.#leave(shutdownTimeLimitMs), shutdownTimeLimitMs);
      this.check();
    }
  }

  /** Something became calmer. */
  check(): void {
    if (this.#isAlone) this.#parts.exit();
    else if (!this.#isLeaving && this.#parts.isRelieved()) this.#leave(this.#options.shutdownTimeLimitMs);
  }

  /** A link went down or a session ended, and not by this worker's own will. */
  linkDown(): void {
    if (this.#isAlone) this.#parts.exit();
  }

  /** Nobody can be served, and nobody waits for anything. */
  get #isAlone(): boolean {
    return !this.#parts.isAnyUp() && !this.#parts.isAnyOpen();
  }

  #leave(limitMs: number): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    clearTimeout(this.#timer);
    this.#parts.depart(limitMs);
  }
}
