import { Crossing } from '../place/crossing.ts';
import type { Instance } from '../place/instance.ts';
import type { Fate } from '../place/tally.ts';

/** Who holds a worker that is to leave. */
export interface HolderFacts {
  /** "request", "websocket", "upgrade", "tcp", "job", or the protocol id. */
  readonly kind: string;
  /** "GET /feed", "tcp://*:9000", "orders/17"; without query. */
  readonly what: string;
  /** Address of the client; empty for a job. */
  readonly client: string;
}

/**
 * With which worker a request is, and what recycles count of it.
 *
 * - A base class and not a part of Exchange, so that a request stays one object.
 */
export abstract class Delivery {
  /** Whose it is, once it was routed. */
  app: { readonly appKey: string } | undefined = undefined;
  /** The worker it was handed to last. */
  instance: Instance | undefined = undefined;
  /** Its place in the adapter's Sequence when it was handed over last; 0: it never was. */
  n = 0;
  /** When it was first handed over. */
  deliveredAtMs = 0;
  /** It was in the queue. */
  protected hasWaited = false;
  /** It left a worker that is being handed over, and is with no other yet. */
  private crossing: Crossing | undefined = undefined;

  /** For who asks what a worker still waits for. */
  get holder(): HolderFacts {
    return { kind: 'request', what: '', client: '' };
  }

  /** It may live as long as its client likes: where the pool's policy says so it is ended politely when its worker is to leave. */
  get isLongLived(): boolean {
    return false;
  }

  /** Its worker is to leave and its pool does not wait: the client gets an end of its protocol that tells it to come again. */
  closePolitely(): void {}

  protected enter(instance: Instance, n: number, nowMs: number): void {
    if (this.deliveredAtMs === 0) this.deliveredAtMs = nowMs;
    if (this.crossing !== undefined) this.arrive(nowMs);
    this.instance = instance;
    this.n = n;
    instance.inFlight++;
  }

  /** It ended while it was with its worker. */
  protected leave(fate: Fate, now: () => number): void {
    const instance = this.instance!;
    instance.inFlight--;
    if (instance.isTallied) for (const tally of instance.release(this.n, now())) tally.count(fate);
  }

  /** It goes from its worker to another. What was never begun has waited since it was handed over. */
  protected cross(fate: 'moved' | 'replayed', nowMs: number): void {
    const instance = this.instance!;
    instance.inFlight--;
    if (!instance.isTallied) return;
    const tallies = instance.release(this.n, nowMs);
    if (tallies.length > 0) this.crossing = new Crossing(tallies, fate, fate === 'moved' ? this.deliveredAtMs : nowMs);
  }

  /** It ended between two workers. */
  protected endCrossing(fate: Fate, now: () => number): void {
    this.crossing?.end(fate, now());
    this.crossing = undefined;
  }

  private arrive(nowMs: number): void {
    this.crossing?.arrive(nowMs);
    this.crossing = undefined;
  }
}
