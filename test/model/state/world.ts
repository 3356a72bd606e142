import { Adapter } from '../adapter/adapter.ts';
import type { Configuration } from '../configuration.ts';
import { FaultBudget } from '../faults.ts';
import { Host } from '../host/host.ts';
import { Request } from '../request/request.ts';
import { Leader } from '../was/leader.ts';
import { Redis } from '../was/redis.ts';
import { Worker } from '../worker/worker.ts';
import { cells, Memory } from './cells.ts';

/** What may still be wanted, and the number of the invariant that a step has broken. */
export class Outlook extends cells('recycles', 'idles', 'violation') {}

/** `length` bytes of A at `at`, followed by as many of B. */
export interface Twins {
  readonly at: number;
  readonly length: number;
}

/** The whole system: every part's own memory and all that is under way between them. */
export class World {
  readonly memory = new Memory();
  readonly redis: Redis;
  readonly host: Host;
  readonly workers: readonly Worker[];
  readonly adapters: readonly Adapter[];
  readonly requests: readonly Request[];
  /** The newest leader, and one that it replaced and that has not noticed. */
  readonly leaders: readonly Leader[];
  readonly budget: FaultBudget;
  readonly outlook: Outlook;
  /** Where the bytes of A lie with those of B right behind them. */
  readonly twins: Twins[] = [];

  constructor({ generations, requests, hasFormerLeader = false }: Configuration) {
    const { memory } = this;
    this.redis = new Redis(memory);
    this.host = new Host(memory);
    this.workers = Array.from({ length: generations }, (_, k) => new Worker(memory, k + 1));
    const adaptersAt = memory.length;
    this.adapters = [0, 1].map((index) => new Adapter(memory, index, this.workers, requests.length));
    this.twins.push({ at: adaptersAt, length: (memory.length - adaptersAt) / 2 });
    this.requests = requests.map(({ at, isSafe }, k) => new Request(memory, k + 1, this.adapters[at]!, isSafe));
    for (const request of this.requests) request.adapter.requests.push(request);
    this.leaders = Array.from({ length: hasFormerLeader ? 2 : 1 }, () => {
      const leader = new Leader(memory, this.adapters, this.workers);
      this.twins.push(leader.seatsSpan);
      return leader;
    });
    this.budget = new FaultBudget(memory);
    this.outlook = new Outlook(memory);
  }

  get leader(): Leader {
    return this.leaders[0]!;
  }

  worker(generation: number): Worker {
    return this.workers[generation - 1]!;
  }

  leaderOf(epoch: number): Leader | undefined {
    return epoch === 0 ? undefined : this.leaders.find((leader) => leader.epoch === epoch);
  }
}
