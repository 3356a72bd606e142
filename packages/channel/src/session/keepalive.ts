/** What to do about a peer at a tick of the keepalive. */
export type Step = 'nothing' | 'ask' | 'giveUp';

export interface Silence {
  /** Something arrived since the last tick. */
  readonly isHeard: boolean;
  /** A sign of life was asked for at the last tick. */
  readonly isAsked: boolean;
  /** The tick came this much after its time, ms. */
  readonly lateMs: number;
  readonly intervalMs: number;
}

/**
 * A peer that was asked and said nothing for a whole interval is lost. A tick that comes late says that our own event loop was blocked:
 * the answer may lie unread in the socket, so the peer is asked again. (grpc-js's keepalive does not know this and cuts live links.)
 */
export function judgeSilence({ isHeard, isAsked, lateMs, intervalMs }: Silence): Step {
  if (isHeard) return 'nothing';
  if (!isAsked || lateMs * 2 > intervalMs) return 'ask';
  return 'giveUp';
}

/** Watches a link from the worker's end: an adapter never blocks its loop, an app may. */
export class Keepalive {
  private readonly intervalMs: number;
  private readonly ask: () => void;
  private readonly giveUp: () => void;
  private timer: NodeJS.Timeout | undefined;
  private dueAtMs = 0;
  private isHeard = false;
  private isAsked = false;

  constructor(intervalMs: number, ask: () => void, giveUp: () => void) {
    this.intervalMs = intervalMs;
    this.ask = ask;
    this.giveUp = giveUp;
  }

  heard(): void {
    this.isHeard = true;
  }

  start(): void {
    this.stop();
    this.isHeard = false;
    this.isAsked = false;
    this.dueAtMs = performance.now() + this.intervalMs;
    this.timer = setInterval(() => this.onTick(), this.intervalMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private onTick(): void {
    const nowMs = performance.now();
    const step = judgeSilence({ isHeard: this.isHeard, isAsked: this.isAsked, lateMs: nowMs - this.dueAtMs, intervalMs: this.intervalMs });
    this.dueAtMs = nowMs + this.intervalMs;
    this.isHeard = false;
    this.isAsked = step === 'ask';
    if (step === 'ask') this.ask();
    else if (step === 'giveUp') this.giveUp();
  }
}
