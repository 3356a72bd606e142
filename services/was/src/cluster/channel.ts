import { channelRef, type StoredChannel } from '@baton/store';
import { registrationKey } from './registration.ts';

/** A listener channel as the leader sees it. */
export interface Channel {
  readonly ref: string;
  readonly adapterId: string;
  readonly channelId: number;
  readonly protocol: string;
  /** Key of the registration it belongs to: its adapter's, of its protocol. */
  readonly registration: string;
  readonly pool: string;
  blob: Buffer;
  /** attached: its adapter's stream is up; grace: it was lost less than 5 s ago; detached: required for nothing. */
  presence: 'attached' | 'grace' | 'detached';
  presenceSinceMs: number;
  /** Permission number of the last Open that was accepted. */
  openedWith: number | undefined;
  /** Permission number that was given and not used; 0 = none. */
  permission: number;
  /** The adapter has been told the number since it registered and since the pool became empty. */
  isPermissionTold: boolean;
  /** Work waits or runs there: reported, or told by an Open since the last report. */
  parked: number;
  inFlight: number;
  requestsTotal: number;
  failedTotal: number;
}

export function newChannel(stored: StoredChannel, blob: Buffer, presence: Channel['presence'], now: number): Channel {
  const { adapterId, channelId, protocol, pool, openedWith } = stored;
  return {
    ref: channelRef(adapterId, channelId),
    adapterId,
    channelId,
    protocol,
    registration: registrationKey(adapterId, protocol),
    pool,
    blob,
    presence,
    presenceSinceMs: now,
    openedWith,
    permission: 0,
    isPermissionTold: false,
    parked: 0,
    inFlight: 0,
    requestsTotal: 0,
    failedTotal: 0,
  };
}

/** What Redis keeps of it beside the blob. */
export function storedChannel({ adapterId, channelId, protocol, pool, openedWith }: Channel): StoredChannel {
  return { adapterId, channelId, protocol, pool, ...(openedWith === undefined ? {} : { openedWith }) };
}
