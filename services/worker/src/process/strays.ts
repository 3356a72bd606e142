import { signalGroup } from './group.ts';
import type { MarkedEntry } from './ledger.ts';
import { isSameMark, processMark } from './proc-facts.ts';

export interface StraysOptions {
  readonly onFound: (stray: MarkedEntry) => void;
  /** It had ended before this life of the host began. */
  readonly onEnded: (entry: MarkedEntry) => void;
  readonly onGone: (stray: MarkedEntry, wasKilled: boolean) => void;
  /** How often it is looked whether they are gone, ms. @default 250 */
  readonly everyMs?: number;
}

/** A stray gets this much more than its own limits, ms; its clock began when the former host died. */
const MARGIN_MS = 1_000;

/**
 * Workers that a former life of this host left behind.
 *
 * - They know that their host is gone, serve until another worker has taken over, drain and end by themselves; until then they are watched and
 *   told of.
 * - One that has not ended after twice its shutdownTimeLimit, once to be relieved and once to drain, is killed with its group; one that was told to
 *   stop before has the whole of that order's time.
 * - A pid counts only if start time and boot are those of the ledger: pids are used again.
 */
export class Strays {
  readonly #options: StraysOptions;
  readonly #strays = new Map<string, { readonly entry: MarkedEntry; killAtMs: number; wasKilled: boolean }>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #onEmpty: (() => void) | undefined;

  constructor(options: StraysOptions) {
    this.#options = options;
  }

  /** Looks which of the ledger's entries still run. */
  async open(entries: readonly MarkedEntry[]): Promise<void> {
    for (const entry of entries) {
      if (!(await isStill(entry))) {
        // its grandchildren may have outlived it, but a group id without its leader proves nothing: it may be another's by now
        this.#options.onEnded(entry);
        continue;
      }
      // the file of an earlier release does not say stopByMs
      const killAtMs = Math.max(alone(entry), (entry.stopByMs ?? 0) + MARGIN_MS);
      this.#strays.set(entry.workerId, { entry, killAtMs, wasKilled: false });
      this.#options.onFound(entry);
    }
    if (this.#strays.size > 0) this.#schedule();
  }

  /** Ends one at once, as a stop order with force. */
  kill(workerId: string): void {
    const stray = this.#strays.get(workerId);
    if (!stray) return;
    stray.wasKilled = true;
    void this.#killIfStill(stray.entry);
  }

  /** Waits until they are gone, for no longer than if they had been found now; those that have not ended at the signal are killed. */
  async close(signal: AbortSignal): Promise<void> {
    for (const stray of this.#strays.values()) stray.killAtMs = Math.min(stray.killAtMs, alone(stray.entry));
    if (this.#strays.size > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    clearTimeout(this.#timer);
    await this.#looking;
    for (const { entry } of this.#strays.values()) await this.#killIfStill(entry);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
    }, this.#options.everyMs ?? 250);
  }

  async #look(): Promise<void> {
    for (const [workerId, stray] of [...this.#strays]) {
      if (await isStill(stray.entry)) {
        if (Date.now() > stray.killAtMs) this.kill(workerId);
        continue;
      }
      this.#strays.delete(workerId);
      this.#options.onGone(stray.entry, stray.wasKilled);
    }
    if (this.#strays.size > 0) this.#schedule();
    else this.#onEmpty?.();
  }

  async #killIfStill(entry: MarkedEntry): Promise<void> {
    if (await isStill(entry)) signalGroup(entry.pid, 'SIGKILL');
  }
}

/** When one that was told nothing has had its time, from now on. */
const alone = ({ shutdownTimeLimitMs }: MarkedEntry): number => Date.now() + 2 * shutdownTimeLimitMs + MARGIN_MS;

async function isStill(entry: MarkedEntry): Promise<boolean> {
  return isSameMark(entry, await processMark(entry.pid));
}
