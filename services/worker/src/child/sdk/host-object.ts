import type { BatonEvents, BatonHost, WorkerFacts } from '@baton/sdk';
import { enterApp } from '../http/app-scope.ts';

type DrainingListener = BatonEvents['draining'];

/** Longest reason that is passed on, characters. */
const MAX_REASON = 300;

/** The worker process as `@baton/sdk` finds it (packages/sdk/src/baton-host.ts says what it promises). */
export class HostObject implements BatonHost {
  readonly version = 1;
  readonly worker: WorkerFacts;
  readonly #wish: (reason: string) => void;
  readonly #listeners = new Set<{ readonly hear: DrainingListener }>();
  #deadline: Date | undefined;

  constructor(worker: WorkerFacts, wish: (reason: string) => void) {
    this.worker = Object.freeze({ ...worker });
    this.#wish = wish;
  }

  /** Puts it where the package looks; loops over global names do not meet it. */
  install(): void {
    Object.defineProperty(globalThis, Symbol.for('baton.host'), { value: this, configurable: true });
  }

  recycleProcess(reason: string): void {
    this.#wish(describe(reason));
  }

  on<E extends keyof BatonEvents>(event: E, hear: BatonEvents[E]): () => void {
    if (event !== 'draining') return () => {};
    const listener = { hear };
    if (this.#deadline) queueMicrotask(() => this.#tell(listener));
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The stop order came. Listeners are called now, in order; what they throw is an uncaught exception of the app. */
  tellDraining(deadline: Date): void {
    if (this.#deadline) return;
    this.#deadline = deadline;
    for (const listener of [...this.#listeners]) this.#tell(listener);
  }

  #tell(listener: { readonly hear: DrainingListener }): void {
    // ended by another listener meanwhile
    if (!this.#listeners.delete(listener)) return;
    enterApp(listener.hear as (this: undefined, deadline: Date) => void, undefined, new Date(this.#deadline!));
  }
}

/** One line, whatever an app gave as its reason; asking for a recycle never fails. */
function describe(reason: unknown): string {
  try {
    return String(reason).replace(/\s+/g, ' ').trim().slice(0, MAX_REASON).toWellFormed();
  } catch {
    return '';
  }
}
