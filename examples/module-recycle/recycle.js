// The recycle module with its guard. What it adds to original.js:
// - a worker asks once: a wish that is not answered yet stands for those that follow (Baton absorbs them as well; here not even the call is made);
// - a worker asks only when it has served enough: without this each successor would ask with its first response, and the pool would recycle for ever;
// - a wish that has led to nothing is said again after a while: the pool may have refused it, having too many recycles behind it.
import { RQ_NOTIFICATION_CONTINUE, RQ_SEND_RESPONSE } from '@baton/sdk';

/** What one worker knows of its recycle. */
export class RecycleGuard {
  #responses = 0;
  #askedAtMs = -Infinity;
  #server;
  #options;

  /**
   * - `responses`: as many a worker serves at least. @default RECYCLE_AFTER_RESPONSES, or 10000
   * - `askAgainMs`: after this a wish counts as refused. @default 60000
   * - `now`: ms, monotonic.
   */
  constructor(
    server,
    { responses = Number(process.env.RECYCLE_AFTER_RESPONSES ?? 10_000), askAgainMs = 60_000, now = () => performance.now() } = {},
  ) {
    if (!(responses >= 1))
      throw new Error(
        `RECYCLE_AFTER_RESPONSES must be a number of responses, 1 or more, and is "${responses}": correct it, or leave it out`,
      );
    this.#server = server;
    this.#options = { responses, askAgainMs, now };
  }

  /** A response goes out; asks for a recycle when it is time. */
  count() {
    const { responses, askAgainMs, now } = this.#options;
    if (++this.#responses < responses) return;
    const nowMs = now();
    if (nowMs - this.#askedAtMs < askAgainMs) return;
    this.#askedAtMs = nowMs;
    this.#server.recycleProcess(`Recycling process: it has sent ${this.#responses} responses.`);
  }
}

class RecycleModule {
  #guard;

  constructor(guard) {
    this.#guard = guard;
  }

  onSendResponse(_context, provider) {
    if (provider.getIsLastFlush()) this.#guard.count(); // a streamed response is sent in many pieces, and is one response
    return RQ_NOTIFICATION_CONTINUE;
  }
}

/** A module with limits of its own: `export const { registerModule } = recycleModule({ responses: 500 })`. */
export function recycleModule(options) {
  return {
    registerModule(_version, info, server) {
      const guard = new RecycleGuard(server, options); // one per worker; module objects are one per request
      info.setRequestNotifications({ getHttpModule: () => new RecycleModule(guard) }, RQ_SEND_RESPONSE, 0);
    },
  };
}

export const { registerModule } = recycleModule();
