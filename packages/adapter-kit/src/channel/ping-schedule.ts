import type { AdapterSession } from '@baton/channel';

/** Health pings of a pool; milliseconds. */
export interface PingPolicy {
  readonly isEnabled: boolean;
  readonly intervalMs: number;
  readonly responseTimeMs: number;
}

interface Watch {
  /** When the next ping is due. */
  dueAtMs: number;
  /** When the running one was sent; undefined: none runs. */
  sentAtMs: number | undefined;
  isReported: boolean;
}

/**
 * Pings every connected worker by its pool's policy, through the path that requests take, and reports once what does not answer in time.
 *
 * - A lost link is not a missed ping: time without a link does not count.
 * - Driven by the adapter's one timer.
 */
export class PingSchedule {
  private readonly watches = new Map<AdapterSession, Watch>();
  private readonly policyOf: (session: AdapterSession) => PingPolicy | undefined;
  private readonly onUnhealthy: (session: AdapterSession, reason: string) => void;

  constructor(
    policyOf: (session: AdapterSession) => PingPolicy | undefined,
    onUnhealthy: (session: AdapterSession, reason: string) => void,
  ) {
    this.policyOf = policyOf;
    this.onUnhealthy = onUnhealthy;
  }

  /** Starts watching a session that has connected, which took a ping. */
  watch(session: AdapterSession, now: number): void {
    this.watches.set(session, { dueAtMs: now + (this.policyOf(session)?.intervalMs ?? 0), sentAtMs: undefined, isReported: false });
  }

  unwatch(session: AdapterSession): void {
    this.watches.delete(session);
  }

  sweep(now: number): void {
    for (const [session, watch] of this.watches) {
      const policy = this.policyOf(session);
      if (!policy?.isEnabled || session.state !== 'open') {
        watch.sentAtMs = watch.sentAtMs === undefined ? undefined : now;
        continue;
      }
      if (watch.sentAtMs === undefined) {
        if (now >= watch.dueAtMs) this.send(session, watch, policy, now);
      } else if (!watch.isReported && now - watch.sentAtMs >= policy.responseTimeMs) {
        watch.isReported = true;
        this.onUnhealthy(session, `no answer to a ping within ${policy.responseTimeMs} ms`);
      }
    }
  }

  private send(session: AdapterSession, watch: Watch, policy: PingPolicy, now: number): void {
    watch.sentAtMs = now;
    session.ping().then(
      () => {
        watch.sentAtMs = undefined;
        watch.isReported = false;
        watch.dueAtMs = now + policy.intervalMs;
      },
      () => {
        // The session closed; it is unwatched with that.
      },
    );
  }
}
