import { deadlineAfter } from '@baton/adapter-kit';
import type { PortContext } from './port-context.ts';

/** How long bytes of a client are read and thrown away after the last response, so that they do not reset it, ms. */
const LINGER_MS = 2_000;
/** How long an adapter that stops still takes a request on an idle connection, ms: the client may have sent it already. */
const DRAIN_GRACE_MS = 1_000;

/** How long a connection waits for what its client has to send next. A new one waits for a whole head. */
export class Patience {
  private endsAtMs: number;
  /** It ends with a head that has begun. */
  private isHeadTimed = false;
  private readonly port: PortContext;

  constructor(port: PortContext) {
    this.port = port;
    this.endsAtMs = deadlineAfter(port.now(), port.limits.headersTimeoutMs);
  }

  isOver(now: number): boolean {
    return this.endsAtMs <= now;
  }

  /** The client owes nothing. */
  suspend(): void {
    this.endsAtMs = Number.POSITIVE_INFINITY;
    this.isHeadTimed = false;
  }

  /** For the next request to begin. */
  forRequest(): void {
    const { now, limits, isDraining } = this.port;
    this.endsAtMs = isDraining ? now() + DRAIN_GRACE_MS : deadlineAfter(now(), limits.idleTimeoutMs);
  }

  /** For the rest of a head, since its first byte. */
  forHead(): void {
    if (!this.isHeadTimed) this.endsAtMs = deadlineAfter(this.port.now(), this.port.limits.headersTimeoutMs);
    this.isHeadTimed = true;
  }

  /** For more of a body. */
  forBody(): void {
    this.endsAtMs = deadlineAfter(this.port.now(), this.port.limits.idleTimeoutMs);
  }

  /** For what a client still sends after the last response. */
  forLateBytes(): void {
    this.endsAtMs = this.port.now() + LINGER_MS;
  }
}
