import type { StoredEvent } from '@baton/store';
import { type Logger, type TraceContext, traceFields } from '@baton/telemetry';
import { EventWriter } from './event-writer.ts';
import type { Time } from './time.ts';

/** What an event is about; see StoredEvent. */
export type EventFacts = Omit<StoredEvent, 'id' | 'atMs'>;

export interface EventLogOptions {
  readonly time: Time;
  readonly log: Logger;
  /** Whether operators hear of it; what they do not is in the log only. @default all of it */
  readonly isTold?: (facts: EventFacts) => boolean;
  /** The trace it belongs to, for its log line. @default none */
  readonly traceOf?: (facts: EventFacts) => TraceContext | undefined;
  /** See EventWriter. */
  readonly append: (event: StoredEvent, mark: string) => Promise<StoredEvent>;
}

/**
 * What operators want to know: a log line at once, an entry of the bounded stream in Redis, and whoever follows.
 *
 * - Followers hear of an event when it is in the stream, with its id, from which they go on after a loss; without one when it never will be.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #followers = new Set<(event: StoredEvent) => void>();
  readonly #counts = new Map<string, number>();
  readonly #writer: EventWriter;

  constructor(options: EventLogOptions) {
    this.#options = options;
    const { time, log, append } = options;
    const onSettled = (event: StoredEvent) => {
      for (const follower of this.#followers) follower(event);
    };
    this.#writer = new EventWriter({ time, log, append, onSettled });
  }

  /** Events so far by type, for metrics. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  tell(facts: EventFacts): void {
    const { time, log, isTold, traceOf } = this.#options;
    const { message, type, ...about } = facts;
    if (isTold && !isTold(facts)) {
      log.debug({ event: type, ...about }, message);
      return;
    }
    log[/\.(failed|orphaned|lost|killed|refused|stale|missed)$|^rollout\.stopped$/.test(type) ? 'warn' : 'info'](
      { event: type, ...about, ...traceFields(traceOf?.(facts)) },
      message,
    );
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    this.#writer.add({ ...facts, atMs: time.now() });
  }

  /** Calls for each event from now on; the returned function ends it. */
  follow(follower: (event: StoredEvent) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Redis is back: what it refused is written at once. */
  retry(): void {
    this.#writer.retry();
  }

  /** This process does not lead any more: what Redis refuses from now on is in the log only. */
  stop(): void {
    this.#writer.stop();
  }

  /** Resolves when no event waits for Redis. */
  settled(): Promise<void> {
    return this.#writer.settled();
  }
}
