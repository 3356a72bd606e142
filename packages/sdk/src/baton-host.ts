import type { HttpServer } from './server/http-server.ts';
import type { WorkerFacts } from './worker-facts.ts';

/** What an app can hear, by the name of the event. */
export interface BatonEvents {
  /**
   * The worker is told to stop: it gets no new request, and what it has may end until `deadline`.
   *
   * - Handlers of SIGTERM run after the last request has ended, or at the deadline.
   * - Said once, also to a listener that comes later.
   */
  draining: (deadline: Date) => void;
}

/**
 * What a worker process of Baton puts on `globalThis`, for every copy of this package that an app may have loaded.
 *
 * - `version` grows when something is added; nothing is taken away and nothing changes its meaning.
 */
export interface BatonHost {
  readonly version: number;
  readonly worker: WorkerFacts;
  /** IHttpServer of this process; since version 2. */
  readonly server?: HttpServer;
  recycleProcess(reason: string): void;
  /** Returns what ends it. An event that this release does not know is never said. */
  on<E extends keyof BatonEvents>(event: E, listener: BatonEvents[E]): () => void;
}

/** Where it is found. */
export const BATON_HOST: unique symbol = Symbol.for('baton.host') as never;

/** The worker process around the app; undefined when the app runs without Baton. */
export function findHost(): BatonHost | undefined {
  return (globalThis as { [BATON_HOST]?: BatonHost })[BATON_HOST];
}
