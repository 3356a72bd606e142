import { BATON_HOST, type BatonEvents, type BatonHost } from '../baton-host.ts';
import type { HttpServer } from '../server/http-server.ts';
import type { WorkerFacts } from '../worker-facts.ts';

const place = globalThis as { [BATON_HOST]?: BatonHost };

/** What `@baton/sdk` finds while a test host is there: the last that was started, when there are several. */
export class TestBatonHost implements BatonHost {
  readonly version = 2;
  readonly worker: WorkerFacts;
  readonly server: HttpServer;
  readonly #before = place[BATON_HOST];
  readonly #listeners = new Set<BatonEvents['draining']>();
  #deadline: Date | undefined;

  constructor(worker: WorkerFacts, server: HttpServer) {
    this.worker = worker;
    this.server = server;
    Object.defineProperty(globalThis, BATON_HOST, { value: this, configurable: true, writable: true });
  }

  recycleProcess(reason: string): void {
    this.server.recycleProcess(reason);
  }

  on<E extends keyof BatonEvents>(event: E, listener: BatonEvents[E]): () => void {
    if (event !== 'draining') return () => {};
    const deadline = this.#deadline;
    if (deadline) queueMicrotask(() => listener(new Date(deadline)));
    else this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tellDraining(deadline: Date): void {
    this.#deadline = deadline;
    for (const listener of this.#listeners) listener(new Date(deadline));
    this.#listeners.clear();
  }

  remove(): void {
    if (place[BATON_HOST] !== this) return;
    if (this.#before) Object.defineProperty(globalThis, BATON_HOST, { value: this.#before, configurable: true, writable: true });
    else delete place[BATON_HOST];
  }
}
