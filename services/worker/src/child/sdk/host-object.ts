import type { BatonEvents, BatonHost, HttpServer, WorkerFacts } from '@baton/sdk';
import { enterApp } from '../app-scope.ts';
import { describeReason } from './describe-reason.ts';

type DrainingListener = BatonEvents['draining'];

/** The worker process as `@baton/sdk` finds it (packages/sdk/src/baton-host.ts says what it promises). */
export class HostObject implements BatonHost {
  readonly version = 2;
  readonly worker: WorkerFacts;
  readonly #wish: (reason: string) => void;
  readonly #server: () => HttpServer;
  readonly #listeners = new Set<{ readonly hear: DrainingListener }>();
  #deadline: Date | undefined;

  /** `server` makes IHttpServer of the process when an app first asks for it. */
  constructor(worker: WorkerFacts, wish: (reason: string) => void, server: () => HttpServer) {
    this.worker = Object.freeze({ ...worker });
    this.#wish = wish;
    this.#server = server;
  }

  get server(): HttpServer {
    return this.#server();
  }

  /** Puts it where the package looks; loops over global names do not meet it. */
  install(): void {
    Object.defineProperty(globalThis, Symbol.for('baton.host'), { value: this, configurable: true });
  }

  recycleProcess(reason: string): void {
    this.#wish(describeReason(reason));
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
