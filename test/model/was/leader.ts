import type { Adapter } from '../adapter/adapter.ts';
import { cells, type Memory } from '../state/cells.ts';
import { NOBODY, Presence, Told } from '../state/words.ts';
import type { Worker } from '../worker/worker.ts';

/**
 * One channel, as the leader knows it.
 *
 * - `who`: the generation it believes eligible there, or one of `Who`.
 * - `permitted`: the permission it was last sent and has not used, 0: none.
 * - `count`: 1 + what the adapter counted in flight at the Handover; 0: nothing counted.
 */
export class Seat extends cells('presence', 'ask', 'who', 'permitted', 'count') {
  readonly adapter: Adapter;

  constructor(memory: Memory, adapter: Adapter) {
    super(memory);
    this.adapter = adapter;
  }

  /** The adapter owes an answer, to this recycle or to one before it. */
  get owesAnswer(): boolean {
    return (this.ask & 1) !== 0;
  }
}

/** What the leader was told of one worker. */
export class View extends cells('told') {
  readonly worker: Worker;

  constructor(memory: Memory, worker: Worker) {
    super(memory);
    this.worker = worker;
  }
}

/** A leader's own memory; it dies with it. `epoch` 0: there is none. `knowsHost`: the host has reported to it. `permission`: number of the present one. */
export class Leader extends cells('epoch', 'phase', 'kind', 'from', 'to', 'serving', 'isCommitted', 'knowsHost', 'permission') {
  readonly seats: readonly Seat[];
  /** Where the bytes of the first seat lie; those of the others follow. */
  readonly seatsSpan: { readonly at: number; readonly length: number };
  readonly views: readonly View[];

  constructor(memory: Memory, adapters: readonly Adapter[], workers: readonly Worker[]) {
    super(memory);
    const seatsAt = memory.length;
    this.seats = adapters.map((adapter) => new Seat(memory, adapter));
    this.seatsSpan = { at: seatsAt, length: (memory.length - seatsAt) / adapters.length };
    this.views = workers.map((worker) => new View(memory, worker));
  }

  seat(adapter: Adapter): Seat {
    return this.seats[adapter.index] as Seat;
  }

  get hasAttached(): boolean {
    return this.seats.some(({ presence }) => presence === Presence.attached);
  }

  hasUp(generation: number): boolean {
    const told = this.toldOf(generation);
    return told === Told.up || told === Told.stopping;
  }

  hasGone(generation: number): boolean {
    return this.toldOf(generation) === Told.gone;
  }

  toldOf(generation: number): number {
    return generation === NOBODY ? Told.unknown : (this.views[generation - 1] as View).told;
  }

  /** Knows what another leader knows. */
  becomeLike(other: Leader): void {
    this.copyFrom(other);
    for (const [k, seat] of this.seats.entries()) seat.copyFrom(other.seats[k]!);
    for (const [k, view] of this.views.entries()) view.copyFrom(other.views[k]!);
  }

  /** Forgets everything: the process is dead, or has stepped down. */
  die(): void {
    this.clear();
    for (const seat of this.seats) seat.clear();
    for (const view of this.views) view.clear();
  }
}
