import { HostError } from '../errors/host-error.ts';
import type { SlotUser } from '../thread-pool/thread-pool.ts';

const IDLE = 0;
const RUNNING = 1;
/** Ended; its routine waits for a slot. */
const DUE = 2;

/** What an operation does. */
export type OperationKind = 'read' | 'send' | 'child request';

/** What the owner does at the end of an operation, in a slot: calls the routine. A promise holds the slot. */
export type Deliver = (bytes: number, error: number) => unknown;

/** Where ended operations wait for their turn: the thread pool. */
export interface Slots {
  enter(user: SlotUser): void;
}

/**
 * The one asynchronous operation that a control block may have outstanding; reused for the next one.
 *
 * - `begin` gives a ticket that no later operation has: an end that comes late, or twice, is told apart and dropped.
 * - It is outstanding until its routine is entered.
 */
export class Operation implements SlotUser {
  name = '';
  kind: OperationKind = 'send';
  #state = IDLE;
  #ticket = 0;
  #bytes = 0;
  #error = 0;
  #cancel: ((error: number) => void) | undefined = undefined;
  #isCancelled = false;
  readonly #slots: Slots;
  readonly #deliver: Deliver;

  constructor(slots: Slots, deliver: Deliver) {
    this.#slots = slots;
    this.#deliver = deliver;
  }

  get isOutstanding(): boolean {
    return this.#state !== IDLE;
  }

  /** Throws ERROR_INVALID_PARAMETER when one is outstanding. */
  mustBeFree(): void {
    if (this.#state === IDLE) return;
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      `a ${this.kind} is outstanding and a request has one asynchronous operation at a time: wait for its completion routine`,
    );
  }

  /** Begins one; `cancel` ends it early, with the error it is given. */
  begin(kind: OperationKind, cancel?: (error: number) => void): number {
    this.mustBeFree();
    this.kind = kind;
    this.#state = RUNNING;
    this.#cancel = cancel;
    this.#isCancelled = false;
    return ++this.#ticket;
  }

  /** Takes back one that was refused after all: no routine is called. */
  withdraw(ticket: number): void {
    if (!this.isRunning(ticket)) return;
    this.#state = IDLE;
    this.#cancel = undefined;
  }

  /** Its end; of the ends of one operation the first counts. The routine runs when a slot is free, and never inside the extension's own call. */
  complete(ticket: number, bytes: number, error: number): void {
    if (!this.isRunning(ticket)) return;
    this.#state = DUE;
    this.#bytes = bytes;
    this.#error = error;
    this.#cancel = undefined;
    queueMicrotask(this.#enterSlot);
  }

  /** Ends the running one early; false: there is none, or its end has begun. */
  cancel(error: number): boolean {
    if (this.#state !== RUNNING || this.#isCancelled) return false;
    this.#isCancelled = true;
    const cancel = this.#cancel;
    if (cancel) cancel(error);
    else this.complete(this.#ticket, 0, error);
    return true;
  }

  /** In its slot. */
  run(): unknown {
    this.#state = IDLE;
    return this.#deliver(this.#bytes, this.#error);
  }

  readonly #enterSlot = (): void => this.#slots.enter(this);

  /** Whether this very operation runs. */
  isRunning(ticket: number): boolean {
    return this.#state === RUNNING && ticket === this.#ticket;
  }
}
