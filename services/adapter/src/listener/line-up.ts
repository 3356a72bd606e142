import { isSafe } from '@baton/adapter-kit';
import type { Exchange } from '../forward/exchange.ts';

/** Requests of one connection that may be with workers at once. */
const LOOK_AHEAD = 8;

/**
 * The requests of one connection that were read and whose responses are not complete, in order (pipelining).
 *
 * - The first one's response is being written.
 * - Several are begun at once only when all of them are safe (RFC 9112, 9.3.2), and only so many; the next one waits, and with it all bytes behind it.
 */
export class LineUp {
  /** Read, and not begun before those ahead of it have finished. */
  waiting: Exchange | undefined = undefined;
  private readonly begun: Exchange[] = [];

  get isEmpty(): boolean {
    return this.begun.length === 0;
  }

  get first(): Exchange | undefined {
    return this.begun[0];
  }

  /** The one whose response is the last to come. */
  get last(): Exchange | undefined {
    return this.waiting ?? this.begun.at(-1);
  }

  mayBegin(exchange: Exchange): boolean {
    const { begun } = this;
    if (begun.length === 0) return true;
    if (begun.length >= LOOK_AHEAD || exchange.message.isUpgrade || !isSafe(exchange.message.method)) return false;
    for (const ahead of begun) if (!isSafe(ahead.message.method)) return false;
    return true;
  }

  begin(exchange: Exchange): void {
    this.begun.push(exchange);
  }

  /** Takes the first one out when its response is complete. */
  takeFinished(): Exchange | undefined {
    return this.begun[0]?.isDone ? this.begun.shift() : undefined;
  }

  /** Takes the waiting one out when it may begin now. */
  takeWaiting(): Exchange | undefined {
    const { waiting } = this;
    if (!waiting || !this.mayBegin(waiting)) return undefined;
    this.waiting = undefined;
    return waiting;
  }

  /** Takes out all that were begun; the waiting one is forgotten. */
  clear(): Exchange[] {
    this.waiting = undefined;
    return this.begun.splice(0);
  }

  [Symbol.iterator](): Iterator<Exchange> {
    return this.begun[Symbol.iterator]();
  }
}
