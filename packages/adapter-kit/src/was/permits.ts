import type { Pool } from '../pool.ts';

/** Facts of one channel that decide whether to Open it. */
interface Permit {
  /** Number that an Open may carry now; undefined: none is given. */
  number: number | undefined;
  /** Number of an Open that was sent and not answered. */
  sent: number | undefined;
  /** An Open was accepted, or may have been: the channel is listed at registrations. */
  isOpened: boolean;
}

/**
 * Permissions to Open (handover.md, Opening): 0 for the first Open of a channel, later the numbers of CanOpenNew. One permission is one Open.
 */
export class Permits {
  private readonly permits = new Map<number, Permit>();

  private of(channelId: number): Permit {
    let permit = this.permits.get(channelId);
    if (!permit) {
      permit = { number: 0, sent: undefined, isOpened: false };
      this.permits.set(channelId, permit);
    }
    return permit;
  }

  /** CanOpenNew: a permission, not a demand. */
  grant(channelId: number, number: number): void {
    this.of(channelId).number = number;
  }

  /** Whether the pool is to be opened now: somebody is needed, a permission is there, and no Open is on its way. */
  take(pool: Pool): number | undefined {
    const { place, settings, channel } = pool;
    const isWanted = place.isEnabled && !place.hasConnectedEligible && (place.parked.size > 0 || settings.isAlwaysRunning);
    const permit = this.of(channel.id);
    const { number } = permit;
    if (!isWanted || number === undefined || permit.sent !== undefined) return undefined;
    permit.number = undefined;
    permit.sent = number;
    permit.isOpened = true;
    return number;
  }

  accepted(channelId: number): void {
    this.of(channelId).sent = undefined;
  }

  /** The leader refused it: the next permission may be on its way already. */
  refused(channelId: number): void {
    this.of(channelId).sent = undefined;
  }

  /** The link was lost before the answer: the same number is sent again, which starts nothing twice. A newer permission takes its place. */
  unanswered(channelId: number): void {
    const permit = this.of(channelId);
    permit.number ??= permit.sent;
    permit.sent = undefined;
  }

  isOpened(channelId: number): boolean {
    return this.permits.get(channelId)?.isOpened ?? false;
  }

  forget(channelId: number): void {
    this.permits.delete(channelId);
  }
}
