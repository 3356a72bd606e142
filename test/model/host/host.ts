import { cells, type Memory } from '../state/cells.ts';
import { type Order, packOrder, Verb } from '../state/messages.ts';
import { Queue } from '../state/queue.ts';

/**
 * The worker host and its queue of orders, which outlives leaders.
 *
 * - `stream`: epoch of the leader it reports to; `seen`: the highest it has met; `read`: what it has just read from Redis for an order.
 * - `late` is an order that a slow network or a retry holds back, with its detail.
 * - `startIds`, `stopIds`: job ids ever used (a deliberate error only).
 */
export class Host extends cells('stream', 'seen', 'read', 'late', 'lateDetail', 'startIds', 'stopIds') {
  private readonly orders: Queue;
  private readonly details: Queue;

  constructor(memory: Memory) {
    super(memory);
    this.orders = new Queue(memory, 5);
    this.details = new Queue(memory, 5);
  }

  get firstOrder(): number {
    return this.orders.first;
  }

  isWaiting(order: Order): boolean {
    const packed = packOrder(order);
    return this.orders.has(packed) || this.late === packed;
  }

  /** An order is never 0 and its detail may be: so that both queues stay in step, details are kept one higher. */
  push(order: number, detail: number): void {
    this.orders.push(order);
    this.details.push(detail + 1);
  }

  /** Takes the first order off the queue and answers its detail. */
  shift(): number {
    this.orders.shift();
    return this.details.shift() - 1;
  }

  /** Whether an order of this name was ever given. */
  knowsName({ verb, generation }: Order): boolean {
    return ((verb === Verb.start ? this.startIds : this.stopIds) & (1 << generation)) !== 0;
  }

  noteName({ verb, generation }: Order): void {
    if (verb === Verb.start) this.startIds |= 1 << generation;
    else this.stopIds |= 1 << generation;
  }
}
