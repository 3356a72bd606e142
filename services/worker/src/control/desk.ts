import { BatonError } from '@baton/core';
import type { Strays } from '../process/strays.ts';
import type { Workers } from '../process/workers.ts';
import type { Order } from '../slots/order.ts';
import type { SlotTable } from '../slots/table.ts';
import type { Refusals } from './refusals.ts';
import { toOrder } from './wire.ts';
import type { Wishes } from './wishes.ts';

export interface DeskOptions {
  readonly table: SlotTable;
  readonly workers: Workers;
  readonly strays: Strays;
  readonly wishes: Wishes;
  readonly refusals: Refusals;
  /** No leader has answered for so long that it may have given this host's slots away. */
  readonly isAlone: () => boolean;
}

/** Where orders are entered. */
export class OrderDesk {
  readonly #options: DeskOptions;
  #entered = 0;
  #isClosing = false;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** Orders entered since the host started. */
  get count(): number {
    return this.#entered;
  }

  /** From here on no worker is started any more; stops are still entered. */
  close(): void {
    this.#isClosing = true;
  }

  /** The whole step between having read the epoch and having entered the order; nothing in it waits. */
  enter(jobId: string, data: unknown, epochInRedis: number): void {
    const { refusals, table, isAlone } = this.#options;
    const order = this.#read(jobId, data);
    if (!order) return;
    if (this.#isClosing && order.verb.type === 'start') {
      refusals.add(jobId, order.epoch, 'stopping', 'this host is shutting down');
      return;
    }
    if (order.verb.type === 'start' && order.verb.noOverlap && isAlone()) {
      refusals.add(jobId, order.epoch, 'alone', 'this host is not attached, and its worker must not overlap another');
      return;
    }
    const verdict = table.enter(order, epochInRedis);
    if (verdict.type === 'refuse') {
      refusals.add(jobId, order.epoch, verdict.reason, `it is number ${order.number} of epoch ${order.epoch} for ${order.slot}`);
      return;
    }
    this.#entered++;
    if (verdict.type !== 'nothing' && verdict.type !== 'bury') this.#carryOut(order);
  }

  #read(jobId: string, data: unknown): Order | undefined {
    try {
      return toOrder(data);
    } catch (error) {
      this.#options.refusals.add(jobId, 0, 'unreadable', BatonError.from(error).message);
      return undefined;
    }
  }

  #carryOut(order: Order): void {
    const { workers, strays, wishes } = this.#options;
    const { verb, workerId } = order;
    switch (verb.type) {
      case 'start':
        workers.start({ ...order, verb });
        break;
      case 'connect':
        workers.connect({ ...order, verb });
        break;
      case 'stop':
        wishes.forget(workerId);
        workers.stop({ ...order, verb });
        if (verb.force) strays.kill(workerId);
        break;
    }
  }
}
