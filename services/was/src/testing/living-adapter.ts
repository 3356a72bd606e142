import type { listener } from '@baton/proto';
import { ScriptedAdapter } from './scripted-adapter.ts';
import type { ScriptedHost } from './scripted-host.ts';

/** A worker that an adapter knows of. */
interface Known {
  readonly generation: number;
  isDrained: boolean;
  isConnected: boolean;
  isLeaving: boolean;
}

const NEW: Known = { generation: 0, isDrained: false, isConnected: false, isLeaving: false };

/**
 * A scripted adapter that follows handover.md by itself for one pool with one slot: it opens when work is parked and it may, makes activations
 * eligible, obeys Handover, and serves what is parked as soon as somebody eligible is connected.
 */
export class LivingAdapter extends ScriptedAdapter {
  parked = 0;
  served = 0;
  /** Requests of a pool that was stopped or removed. */
  refused = 0;
  isEnabled = true;
  /** How long a Handover is on its way, ms. */
  latency: () => number = () => 0;
  permission: number | undefined = 0;
  readonly #known = new Map<string, Known>();
  /** Last reports that WAS has not acknowledged, by recycle: how many requests, and in which registration it was sent. */
  readonly #reports = new Map<string, { readonly inFlight: number; sentIn: number }>();
  readonly #slot: string;
  readonly #pool: string;
  #heardBefore = 0;

  constructor(address: string, secret: string, id: string, slot: string) {
    super(address, secret, id);
    this.#slot = slot;
    this.#pool = slot.slice(0, slot.lastIndexOf('/'));
    this.knownIn = () => [...this.#known.keys()];
    this.answer = (handover) => {
      const registrations = this.count('configManagerConnected');
      setTimeout(() => {
        // What was on its way when the stream broke is lost.
        if (registrations === this.count('configManagerConnected')) this.#obey(handover);
      }, this.latency());
      return undefined;
    };
  }

  /** The one synchronous step of a Handover. */
  #obey(handover: listener.Handover): void {
    const { fromWorkerId, toWorkerId, onlyIfIdle } = handover;
    this.look();
    const to = this.#known.get(toWorkerId);
    if ((onlyIfIdle && this.parked > 0) || (toWorkerId !== '' && (!to?.isConnected || to.isLeaving))) {
      this.reply(handover, onlyIfIdle && this.parked > 0 ? 'busy' : 'notReady');
      return;
    }
    for (const workerId of [fromWorkerId, this.eligibleId]) if (workerId !== '' && workerId !== toWorkerId) this.#drain(workerId);
    if (to) to.isDrained = false;
    this.reply(handover, 'done');
    const { recycleId, inFlight } = this.lastHandover.get(this.#slot)!;
    if (inFlight > 0 && !this.#reports.has(recycleId)) this.#reports.set(recycleId, { inFlight, sentIn: 0 });
    if (to) this.eligible.set(this.#slot, { workerId: toWorkerId, generation: to.generation });
    this.#serve();
  }

  get eligibleId(): string {
    return this.eligible.get(this.#slot)?.workerId ?? '';
  }

  /** Takes the callbacks that have come since, in order. */
  look(): void {
    for (const { callback } of this.heard.slice(this.#heardBefore)) {
      if (callback.case === 'applicationPoolCanOpenNewListenerChannelInstance') this.permission = callback.value.permission;
      // The channel is forgotten: what comes next is the first Open of another.
      if (callback.case === 'applicationPoolAllListenerChannelInstancesStopped') this.permission = 0;
      if (callback.case === 'applicationPoolCreated' || callback.case === 'applicationPoolStateChanged')
        this.isEnabled = callback.value.enabled;
      if (callback.case === 'applicationPoolDeleted') this.isEnabled = false;
      if (callback.case === 'instanceGone') this.#forget(callback.value.workerId);
      if (callback.case === 'recycleReportReceived') this.#reports.delete(callback.value.recycleId);
    }
    this.#heardBefore = this.heard.length;
    if (!this.isEnabled) this.#refuse();
    this.#serve();
    this.#openIfNeeded();
    this.#tell();
  }

  /** All that was in flight has ended; said once in each registration until it is acknowledged. */
  #tell(): void {
    const registration = this.count('configManagerInitializationCompleted');
    for (const [recycleId, report] of this.#reports) {
      if (report.sentIn === registration) continue;
      report.sentIn = registration;
      const { inFlight } = report;
      this.report(recycleId, this.#slot, { inFlightAtHandover: inFlight, finished: inFlight, lastEndedAtMs: Date.now(), final: true });
    }
  }

  /** A request arrives. */
  request(): void {
    this.parked += 1;
    this.look();
    if (this.channels.has(this.#pool)) this.load(this.#pool, this.parked, 0);
  }

  /** A worker has finished its first connect here. Of a replacement nothing follows: it is made eligible by Handover alone. */
  connected(workerId: string, generation: number, role: string): void {
    const known = { ...NEW, ...this.#known.get(workerId), generation, isConnected: true };
    this.#known.set(workerId, known);
    const eligible = this.eligible.get(this.#slot);
    if (eligible?.workerId === workerId) this.eligible.set(this.#slot, { workerId, generation });
    if (role === 'activation' && !known.isDrained && (eligible?.generation ?? 0) < generation) {
      if (eligible) this.#drain(eligible.workerId);
      this.eligible.set(this.#slot, { workerId, generation });
    }
    this.#serve();
  }

  /** A worker that was told to stop says so on its link. */
  leaving(workerId: string, successor: string): void {
    this.#drain(workerId);
    this.#known.get(workerId)!.isLeaving = true;
    if (this.eligibleId !== workerId) return;
    if (successor === '') this.eligible.delete(this.#slot);
    else this.eligible.set(this.#slot, { workerId: successor, generation: this.#known.get(successor)?.generation ?? 0 });
  }

  /** The link of a process that has ended breaks; its death is told by WAS. */
  disconnected(workerId: string): void {
    const known = this.#known.get(workerId);
    if (known) known.isConnected = false;
  }

  isConnectedTo(workerId: string): boolean {
    return this.#known.get(workerId)?.isConnected ?? false;
  }

  #forget(workerId: string): void {
    this.#known.delete(workerId);
    if (this.eligibleId === workerId) this.eligible.delete(this.#slot);
  }

  #drain(workerId: string): void {
    const known = this.#known.get(workerId);
    if (known) known.isDrained = true;
    else this.#known.set(workerId, { ...NEW, isDrained: true });
  }

  #serve(): void {
    if (this.parked === 0 || !this.isConnectedTo(this.eligibleId)) return;
    this.served += this.parked;
    this.parked = 0;
    if (this.channels.has(this.#pool)) this.load(this.#pool, 0, 0);
  }

  #refuse(): void {
    this.refused += this.parked;
    this.parked = 0;
  }

  #openIfNeeded(): void {
    const { permission } = this;
    if (this.parked === 0 || permission === undefined || this.isConnectedTo(this.eligibleId)) return;
    this.permission = undefined;
    this.open(this.#pool, permission).catch(() => {
      // Lost or overtaken: an Open that was not answered is sent again, one that was refused waits for the next permission.
      if (this.permission === undefined) this.permission = permission;
    });
  }
}

/** Makes a host's workers connect to living adapters, and leave them, as real ones would. Returns what went against the rules. */
export function letLive(host: ScriptedHost, adapters: readonly LivingAdapter[], isAttached: (adapter: LivingAdapter) => boolean): string[] {
  const broken: string[] = [];
  host.onConnected = (workerId, generation, refs, role) => {
    for (const adapter of adapters) {
      if (refs.some(({ adapterId }) => adapterId === adapter.id) && !adapter.isConnectedTo(workerId))
        adapter.connected(workerId, generation, role);
    }
  };
  host.onStopped = (workerId, { successorWorkerId, force }) => {
    for (const adapter of adapters) {
      if (!force && isAttached(adapter) && adapter.eligibleId === workerId)
        broken.push(`${workerId} was told to stop while ${adapter.id} had it eligible`);
      adapter.leaving(workerId, successorWorkerId);
    }
  };
  host.onExited = (workerId) => {
    for (const adapter of adapters) adapter.disconnected(workerId);
  };
  return broken;
}
