import { backoffMs } from '@baton/core';
import type { Child, ChildOwner } from './child.ts';

export interface SparesOptions {
  /** Spares kept ready. */
  readonly size: number;
  /** Creates one more child of the plain key. */
  readonly spawn: (owner: ChildOwner) => Child;
  /** A worker is being started: a spare that was used is not replaced while this is so. */
  readonly isBusy: () => boolean;
  readonly onDied: (reason: string, retryInMs: number) => void;
}

/** A used spare is replaced after this long without an activation, ms: its start-up would take the CPU the activation needs. */
const QUIET_MS = 100;
/** … and after this long in any case, ms. */
const MAX_WAIT_MS = 3_000;
const RETRY = { firstMs: 200, maxMs: 30_000 };

/**
 * Child processes that have loaded themselves and wait for an app.
 *
 * - Filled one after the other, so that a host that starts does not load all of them at once.
 * - One that is still loading is given away too when none is ready: it is ahead of a new one.
 * - One that dies is replaced with backoff, which ends with the first that becomes ready.
 */
export class Spares {
  readonly #options: SparesOptions;
  readonly #spares = new Set<Child>();
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SparesOptions) {
    this.#options = options;
  }

  /** Spares ready to be given away. */
  get readyCount(): number {
    return [...this.#spares].filter((spare) => spare.isReady).length;
  }

  open(): void {
    this.#fill();
  }

  /** A spare, if there is one; its replacement follows when the activation is over. */
  take(): Child | undefined {
    const spares = [...this.#spares];
    const spare = spares.find((candidate) => candidate.isReady) ?? spares[0];
    if (!spare) return undefined;
    this.#spares.delete(spare);
    this.#fillWhenQuiet(Date.now() + MAX_WAIT_MS);
    return spare;
  }

  /** Ends all spares; they have nothing to lose. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const spare of this.#spares) spare.kill();
    this.#spares.clear();
  }

  #fillWhenQuiet(latestMs: number): void {
    this.#schedule(QUIET_MS, () => {
      if (this.#options.isBusy() && Date.now() < latestMs) this.#fillWhenQuiet(latestMs);
      else this.#fill();
    });
  }

  #fill(): void {
    const isLoading = [...this.#spares].some((spare) => !spare.isReady);
    if (this.#isClosed || isLoading || this.#spares.size >= this.#options.size) return;
    const spare: Child = this.#options.spawn({
      onMessage: (message) => {
        if (message.type !== 'spare') return;
        this.#failures = 0;
        this.#fill();
      },
      onEnd: (end) => {
        if (!this.#spares.delete(spare) || this.#isClosed) return;
        const retryInMs = backoffMs(this.#failures++, RETRY);
        const how = end.spawnError ?? (end.signal ? `by ${end.signal}` : `with exit code ${end.code}`);
        this.#options.onDied(end.tellingLine ? `${how}: ${end.tellingLine}` : how, retryInMs);
        this.#schedule(retryInMs, () => this.#fill());
      },
    });
    this.#spares.add(spare);
  }

  #schedule(delayMs: number, act: () => void): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, delayMs);
  }
}
