import type { Clock } from '@baton/core';
import { judge, type OrderPosition, type Verdict } from './judge.ts';
import type { ConnectVerb, Order, OrderedChannel, StartVerb } from './order.ts';
import { newRecord, type WorkerRecord } from './record.ts';
import { transition, type WorkerEvent } from './transition.ts';

export interface SlotTableOptions {
  /** Called after each change of a record, and again when an order asks for what is so already. */
  readonly onChange: (record: WorkerRecord) => void;
  /** @default Date.now */
  readonly now?: Clock;
  /** Time an exited worker stays in the view, ms. @default 3_600_000 */
  readonly keepExitsMs?: number;
  /** Exited workers in the view at most. @default 1_000 */
  readonly maxExits?: number;
  /** Worker ids and slots remembered at most, so that a repeated start does nothing and an overtaken order is known. @default 100_000 */
  readonly maxRemembered?: number;
}

/** The one owner of what this host knows about its workers. Synchronous throughout: an order is compared and entered in one step. */
export class SlotTable {
  readonly #onChange: (record: WorkerRecord) => void;
  readonly #now: Clock;
  readonly #keepExitsMs: number;
  readonly #maxExits: number;
  readonly #maxRemembered: number;
  readonly #records = new Map<string, WorkerRecord>();
  readonly #everHad = new Set<string>();
  readonly #last = new Map<string, OrderPosition>();
  #highestEpoch = 0;

  constructor(options: SlotTableOptions) {
    this.#onChange = options.onChange;
    this.#now = options.now ?? Date.now;
    this.#keepExitsMs = options.keepExitsMs ?? 3_600_000;
    this.#maxExits = options.maxExits ?? 1_000;
    this.#maxRemembered = options.maxRemembered ?? 100_000;
  }

  /** The highest epoch seen in Redis, in an order or from WAS. */
  get highestEpoch(): number {
    return this.#highestEpoch;
  }

  sawEpoch(epoch: number): void {
    this.#highestEpoch = Math.max(this.#highestEpoch, epoch);
  }

  get(workerId: string): WorkerRecord | undefined {
    return this.#records.get(workerId);
  }

  /** Every live worker and the exits that are still kept, oldest first. */
  view(): WorkerRecord[] {
    this.#forgetOldExits();
    return [...this.#records.values()];
  }

  live(): WorkerRecord[] {
    return [...this.#records.values()].filter((record) => record.state !== 'exited');
  }

  /** Compares the order with both epochs and enters it, in this one synchronous step. */
  enter(order: Order, epochInRedis: number): Verdict {
    const record = this.#records.get(order.workerId);
    const verdict = judge(order, {
      epochInRedis,
      highestEpoch: this.#highestEpoch,
      last: this.#last.get(order.slot),
      record,
      everHad: this.#everHad.has(order.workerId),
      nowMs: this.#now(),
    });
    this.sawEpoch(epochInRedis);
    if (verdict.type === 'refuse') return verdict;
    this.sawEpoch(order.epoch);
    this.#last.delete(order.slot);
    this.#last.set(order.slot, { epoch: order.epoch, number: order.number });
    if (this.#last.size > this.#maxRemembered) this.#last.delete(this.#last.keys().next().value!);
    this.#carryOut(verdict, order, record);
    return verdict;
  }

  #carryOut(verdict: Verdict, order: Order, record: WorkerRecord | undefined): void {
    const { verb } = order;
    if (verdict.type === 'start' && verb.type === 'start') this.#put(this.#newRecord(order, verb));
    else if (verdict.type === 'bury') this.#bury(order);
    else if (verdict.type === 'stop' && verb.type === 'stop') {
      this.apply(order.workerId, { type: 'stopOrdered', cause: verb.cause, byMs: this.#now() + verb.limitMs });
    } else if (verdict.type === 'connect' && verb.type === 'connect') this.#applyNamed(order.workerId, verb);
    else if (record) this.#onChange(record);
  }

  /** Takes a worker in that no order of this life started: a stray of the host's former life. */
  adopt(record: WorkerRecord): void {
    this.#put(record);
  }

  /** Applies an event to a worker; refused events change nothing. */
  apply(workerId: string, event: WorkerEvent): void {
    const record = this.#records.get(workerId);
    if (!record) return;
    const next = transition(record, event);
    if (next === record) return;
    // an exited worker moves behind the live ones, so that the oldest exit is the first to be forgotten
    if (next.state === 'exited') this.#records.delete(workerId);
    this.#records.set(workerId, next);
    this.#onChange(next);
    if (next.state === 'exited') this.#forgetOldExits();
  }

  #applyNamed(workerId: string, { channels }: ConnectVerb): void {
    this.apply(workerId, { type: 'named', channels: awaited(channels) });
  }

  #newRecord(order: Order, verb?: StartVerb): WorkerRecord {
    const { workerId, pool, slot, generation } = order;
    const { role = '', shutdownTimeLimitMs = 0, noOverlap = false } = verb ?? {};
    const facts = { workerId, pool, slot, generation, role, startedAtMs: this.#now(), shutdownTimeLimitMs };
    return newRecord(facts, awaited(verb?.channels ?? []), noOverlap);
  }

  #bury(order: Order): void {
    const exit = { code: -1, signal: '', errorCode: '', message: 'this host never had the worker', planned: true };
    this.#put({ ...this.#newRecord(order), state: 'exited', exit, exitedAtMs: this.#now() });
  }

  #put(record: WorkerRecord): void {
    this.#records.set(record.workerId, record);
    this.#everHad.add(record.workerId);
    if (this.#everHad.size > this.#maxRemembered) this.#forgetOldestId();
    this.#onChange(record);
  }

  #forgetOldestId(): void {
    for (const workerId of this.#everHad) {
      if (this.#records.has(workerId)) continue;
      this.#everHad.delete(workerId);
      return;
    }
  }

  #forgetOldExits(): void {
    const exits = [...this.#records.values()].filter((record) => record.state === 'exited');
    const surplus = exits.length - this.#maxExits;
    const oldestMs = this.#now() - this.#keepExitsMs;
    exits.forEach((record, index) => {
      if (index < surplus || record.exitedAtMs < oldestMs) this.#records.delete(record.workerId);
    });
  }
}

/** An adapter without a stream to WAS may be gone: its channel is dialled, and no worker is late because of it. */
function awaited(channels: readonly OrderedChannel[]): OrderedChannel[] {
  return channels.filter(({ isDetached }) => !isDetached);
}
