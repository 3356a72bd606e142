import type { Request } from '../request/request.ts';
import { cells, type Memory } from '../state/cells.ts';
import { packToWas, type ToWas, Up } from '../state/messages.ts';
import { Queue } from '../state/queue.ts';
import { NOBODY, Work } from '../state/words.ts';
import type { Worker } from '../worker/worker.ts';
import { Link } from './link.ts';

/**
 * One adapter with one channel.
 *
 * - `stream`: epoch of the leader it is registered with, 0 while it has none; `seen`: the highest it registered with.
 * - `eligible`: the workers new work may go to, a bit each (a set, so that the checker can see two).
 * - `last*`: the Handover it obeyed last; `lastEnded` of its `lastInFlight` requests have ended since.
 * - `permission`: the number of the permission to open it has not used, 0: none.
 * - `openNumber`: the permission named in an Open that is under way, 0: none; `openTo`: the epoch of the leader it goes to. It is a call of its
 *   own, so it can outlive the stream and be overtaken by what comes on it.
 * - `isOrphan`: its eligible worker died and nobody was named since.
 * - `formerMessages`: how many of the waiting messages came on the stream of an older epoch (a deliberate error only).
 */
export class Adapter extends cells(
  'formerMessages',
  'stream',
  'seen',
  'eligible',
  'permission',
  'openNumber',
  'openTo',
  'hasOpened',
  'isOrphan',
  'isDead',
  'lastInFlight',
  'lastFrom',
  'lastTo',
  'lastEnded',
) {
  readonly index: number;
  readonly name: string;
  readonly fromWas: Queue;
  readonly toWas: Queue;
  readonly links: readonly Link[];
  /** The requests that come to this adapter. */
  readonly requests: Request[] = [];

  constructor(memory: Memory, index: number, workers: readonly Worker[], requests: number) {
    super(memory);
    this.index = index;
    this.name = 'AB'[index] as string;
    this.fromWas = new Queue(memory, 3);
    this.toWas = new Queue(memory, 4);
    this.links = workers.map((worker) => new Link(memory, worker, requests));
  }

  link(generation: number): Link {
    return this.links[generation - 1] as Link;
  }

  isEligible(generation: number): boolean {
    return (this.eligible & bitOf(generation)) !== 0;
  }

  /** The eligible worker, the highest if the protocol failed to keep it at one; 0: nobody. */
  get eligibleGeneration(): number {
    for (let generation = this.links.length; generation > 0; generation--) if (this.isEligible(generation)) return generation;
    return NOBODY;
  }

  get hasTwoEligible(): boolean {
    return (this.eligible & (this.eligible - 1)) !== 0;
  }

  makeOnlyEligible(generation: number): void {
    this.eligible = generation === NOBODY ? 0 : bitOf(generation);
  }

  addEligible(generation: number): void {
    this.eligible |= bitOf(generation);
  }

  removeEligible(generation: number): void {
    this.eligible &= ~bitOf(generation);
  }

  get hasConnectedEligible(): boolean {
    return this.eligible !== 0 && this.link(this.eligibleGeneration).isUp;
  }

  get hasParked(): boolean {
    return this.requests.some((request) => request.state === Work.parked);
  }

  get hasWork(): boolean {
    return this.requests.some((request) => request.isUnanswered);
  }

  /** Answers that would go to the stream of an older epoch are lost. */
  tellWas(message: ToWas): void {
    if (this.formerMessages > 0 && message.type !== Up.report) return;
    this.toWas.push(packToWas(message));
  }
}

function bitOf(generation: number): number {
  return 1 << (generation - 1);
}
