import type { StoredEvent } from '@baton/store';
import { type Logger, type TraceContext, traceFields } from '@baton/telemetry';
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
  /** Appends to the stream in Redis and returns the event with its id. */
  readonly append: (event: StoredEvent) => Promise<StoredEvent>;
}

/** Events that wait for Redis at most; older ones are in the log only. */
const MOST_WAITING = 1_000;

/** What operators want to know: a log line at once, an entry of the bounded stream in Redis, and whoever follows. */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #followers = new Set<(event: StoredEvent) => void>();
  readonly #waiting: StoredEvent[] = [];
  readonly #counts = new Map<string, number>();
  #isWriting = false;

  constructor(options: EventLogOptions) {
    this.#options = options;
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
    this.#waiting.push({ ...facts, atMs: time.now() });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    void this.#write();
  }

  /** Calls for each event from now on; the returned function ends it. */
  follow(follower: (event: StoredEvent) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        const event = await this.#options.append(next).catch((error: unknown) => {
          this.#options.log.warn({ err: error }, 'an event could not be written to Redis');
          return next!;
        });
        if (this.#waiting[0] === next) this.#waiting.shift();
        for (const follower of this.#followers) follower(event);
      }
    } finally {
      this.#isWriting = false;
    }
  }
}
