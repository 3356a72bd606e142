import {
  type Failure,
  growingAgentTo,
  type Load,
  type Pair,
  type Parts,
  QUICK,
  startLoad,
  streamFor,
  waitFor,
} from '../../support/index.ts';

/** Safe requests that begin to be answered at their end: whatever dies but their adapter, none of them needs to fail. */
const SAFE = [
  { percent: 85, request: QUICK },
  { percent: 15, request: waitFor(300) },
];
const SAFE_PER_SECOND = 50;
/** They begin to be answered at once, so that the death of their worker ends them; nothing else does. */
const STREAMS = [
  { percent: 50, request: streamFor(2_000) },
  { percent: 50, request: streamFor(3_000) },
];
const STREAMS_PER_SECOND = 3;

/** What one life of an adapter is asked for. */
interface Lane {
  readonly safe: Load;
  readonly streams: Load;
}

/** Load on each adapter of a cluster by connections of its own, and the rule by which what it lost is judged. */
export class Traffic implements Disposable {
  readonly #pair: Pair & { readonly parts: Parts };
  readonly #lanes = new Map<string, Lane>();
  /** Workers that were killed, and when: Unix time, ms. */
  readonly #killedAtMs = new Map<number, number>();
  /** Of lives that are over. */
  readonly #failures: Failure[] = [];
  #sentBefore = 0;
  #lostWithAdapters = 0;

  constructor(pair: Pair & { readonly parts: Parts }) {
    this.#pair = pair;
  }

  get sent(): number {
    return this.#loads().reduce((sum, load) => sum + load.sent, this.#sentBefore);
  }

  /** Losses that the rule allows: how many streams went with their worker, and how many requests with their adapter. */
  get allowed(): { readonly withWorkers: number; readonly withAdapters: number } {
    return { withWorkers: this.#all().filter((failure) => this.#isExcused(failure)).length, withAdapters: this.#lostWithAdapters };
  }

  /** Begins to ask an adapter, once it answers. */
  async begin(adapter: string): Promise<void> {
    const { pid } = this.#pair.parts.part(adapter);
    const { url } = this.#pair;
    const [forSafe, forStreams] = [await growingAgentTo(pid, url), await growingAgentTo(pid, url)];
    this.#lanes.set(adapter, {
      safe: startLoad({ url, perSecond: SAFE_PER_SECOND, mix: SAFE, agent: forSafe }),
      streams: startLoad({ url, perSecond: STREAMS_PER_SECOND, mix: STREAMS, agent: forStreams }),
    });
  }

  /** Asks an adapter no more. `isKilled`: what it has under way from now on may be lost. */
  async end(adapter: string, isKilled: boolean): Promise<void> {
    const lane = this.#lanes.get(adapter);
    if (!lane) return;
    this.#lanes.delete(adapter);
    const ends = [lane.safe, lane.streams].map(async (load) => {
      const before = load.failures.length;
      const { sent, failures } = await load.stop();
      this.#sentBefore += sent;
      this.#failures.push(...(isKilled ? failures.slice(0, before) : failures));
      if (isKilled) this.#lostWithAdapters += failures.length - before;
    });
    await Promise.all(ends);
  }

  /** A worker is killed now. */
  killed(pid: number): void {
    this.#killedAtMs.set(pid, Date.now());
  }

  /** Resolves when all safe requests that were sent before have ended. */
  async caughtUp(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ safe }) => safe.caughtUp()));
  }

  /** What failed and need not have: only a stream fails by its worker's death, and only one that this worker had begun to answer. */
  losses(): Failure[] {
    return this.#all().filter((failure) => !this.#isExcused(failure));
  }

  [Symbol.dispose](): void {
    for (const load of this.#loads()) load[Symbol.dispose]();
  }

  #isExcused({ request, begunBy, sentAtMs, afterMs }: Failure): boolean {
    const atMs = this.#killedAtMs.get(begunBy);
    return request.startsWith('stream') && atMs !== undefined && sentAtMs + afterMs >= atMs;
  }

  #loads(): Load[] {
    return [...this.#lanes.values()].flatMap(({ safe, streams }) => [safe, streams]);
  }

  #all(): Failure[] {
    return [...this.#failures, ...this.#loads().flatMap(({ failures }) => failures)];
  }
}
