// A rate limit around any app: a token bucket for each client address, 429 with Retry-After for who is too fast. Counts within one worker: a pool of n
// worker processes lets up to n times as much through, and a recycle begins with full buckets.
import { PRIORITY_ALIAS_FIRST, RQ_BEGIN_REQUEST, RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '@baton/sdk';
import { TokenBuckets } from './token-buckets.js';

class RateLimitModule {
  #buckets;
  #clientOf;

  constructor(buckets, clientOf) {
    this.#buckets = buckets;
    this.#clientOf = clientOf;
  }

  // First of all, before anything is spent on the request. FINISH_REQUEST skips the app and all other modules; RQ_LOG_REQUEST and RQ_END_REQUEST still come.
  onBeginRequest(context) {
    if (context.getParentContext()) return RQ_NOTIFICATION_CONTINUE; // a child request is not the client's own
    const waitMs = this.#buckets.take(this.#clientOf(context));
    if (waitMs === 0) return RQ_NOTIFICATION_CONTINUE;
    const response = context.getResponse();
    response.clear();
    response.setStatus(429, 'Too Many Requests');
    response.setHeader('retry-after', `${Math.ceil(waitMs / 1000)}`); // whole seconds (RFC 9110, 10.2.3), up: who keeps to it is let through
    response.setHeader('content-type', 'text/plain');
    response.writeEntityChunks('Too many requests: come again later.\n');
    return RQ_NOTIFICATION_FINISH_REQUEST;
  }
}

/**
 * The module with limits of its own. @default RATE_LIMIT_PER_SECOND, or 10; RATE_LIMIT_BURST, or 20; 10,000 clients
 *
 * - `clientOf(context)`: whose bucket a request takes from. @default the client's address, as the listener saw it
 */
export function rateLimitModule({ clientOf = (context) => context.getRequest().getRemoteAddress().address, ...limits } = {}) {
  return {
    registerModule(_version, info) {
      const { RATE_LIMIT_PER_SECOND = 10, RATE_LIMIT_BURST = 20 } = process.env;
      const buckets = new TokenBuckets({ perSecond: Number(RATE_LIMIT_PER_SECOND), burst: Number(RATE_LIMIT_BURST), ...limits });
      info.setRequestNotifications({ getHttpModule: () => new RateLimitModule(buckets, clientOf) }, RQ_BEGIN_REQUEST, 0);
      info.setPriorityForRequestNotification(RQ_BEGIN_REQUEST, PRIORITY_ALIAS_FIRST);
    },
  };
}

export const { registerModule } = rateLimitModule();
