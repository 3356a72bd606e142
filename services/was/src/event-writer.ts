import { randomUUID } from 'node:crypto';
import type { StoredEvent } from '@baton/store';
import type { Logger } from '@baton/telemetry';
import type { Time } from './time.ts';

export interface EventWriterOptions {
  readonly time: Time;
  readonly log: Logger;
  /** Appends to the stream in Redis, fenced, and returns the event with its id; the same mark again: the entry that is there already. */
  readonly append: (event: StoredEvent, mark: string) => Promise<StoredEvent>;
  /** Nothing more is done for this event. With its id: it is in the stream; without: it never will be. */
  readonly onSettled: (event: StoredEvent) => void;
}

/** An event that is not in the stream yet. */
interface Waiting {
  readonly event: StoredEvent;
  /** No other event of any leader has it. */
  readonly mark: string;
}

/** Events that wait for Redis at most, beside the one that is on its way: as many as the stream keeps. */
const MOST_WAITING = 10_000;
/** How long after a refused write the next attempt is made, ms. */
const RETRY_MS = 1_000;

/**
 * Writes events to the stream one by one, in the order in which they came.
 *
 * - One that Redis refuses stays the next one until Redis takes it or this process leads no more; too many waiting: the oldest are dropped.
 * - One whose reply was lost is sent again under the same mark, and Redis keeps it once.
 */
export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #name = randomUUID();
  readonly #waiting: Waiting[] = [];
  #number = 0;
  #dropped = 0;
  #sending: Waiting | undefined;
  #isWriting = false;
  #isStopped = false;
  #done: Promise<void> = Promise.resolve();
  /** Ends the wait for the next attempt. */
  #wake = (): void => {};

  constructor(options: EventWriterOptions) {
    this.#options = options;
  }

  add(event: StoredEvent): void {
    this.#waiting.push({ event, mark: `${this.#name}/${++this.#number}` });
    const oldest = this.#sending ? 1 : 0;
    if (this.#waiting.length > MOST_WAITING + oldest) this.#drop(oldest, 1);
    if (!this.#isWriting) this.#done = this.#writeAll();
  }

  /** Redis is back: what it refused is written at once. */
  retry(): void {
    this.#wake();
  }

  /** This process does not lead any more: what Redis refuses from now on is dropped. */
  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    while (this.#isWriting) await this.#done;
  }

  async #writeAll(): Promise<void> {
    const { log } = this.#options;
    let isRefused = false;
    this.#isWriting = true;
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        const error = await this.#send(next);
        if (error !== undefined && !isRefused) log.warn({ err: error }, 'Redis refuses an event; events wait until it takes them');
        isRefused = error !== undefined;
        if (isRefused && this.#isStopped) this.#drop(0, this.#waiting.length);
        else if (isRefused) await this.#nextAttempt();
      }
    } finally {
      this.#isWriting = false;
      this.#tellDropped();
    }
  }

  /** Returns why it was refused. */
  async #send(next: Waiting): Promise<unknown> {
    this.#sending = next;
    let written: StoredEvent;
    try {
      written = await this.#options.append(next.event, next.mark);
    } catch (error) {
      return error;
    } finally {
      this.#sending = undefined;
    }
    this.#waiting.shift();
    this.#options.onSettled(written);
    return undefined;
  }

  #drop(from: number, count: number): void {
    const dropped = this.#waiting.splice(from, count);
    this.#dropped += dropped.length;
    for (const { event } of dropped) this.#options.onSettled(event);
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const text = `${this.#dropped} events were not written to Redis, which did not take them in time; they are in this log only`;
    this.#options.log.warn({ dropped: this.#dropped }, text);
    this.#dropped = 0;
  }

  async #nextAttempt(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.time.after(RETRY_MS, resolve);
    this.#wake = resolve;
    await promise;
    cancel();
  }
}
