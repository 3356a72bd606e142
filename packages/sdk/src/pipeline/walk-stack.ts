import { HostError } from '../errors/host-error.ts';
import type { ModuleInstance } from './module-instance.ts';
import type { Walk } from './walk.ts';

/** The walks of one request that have not ended: that of the twelve steps, and above it those out of sequence, the newest first. */
export class WalkStack {
  newest: Walk;
  readonly #steps: Walk;

  constructor(steps: Walk) {
    this.#steps = steps;
    this.newest = steps;
  }

  /** Nothing is going on out of sequence. */
  get hasStepsAlone(): boolean {
    return this.newest === this.#steps;
  }

  push(walk: Walk): void {
    walk.outer = this.newest;
    this.newest = walk;
  }

  remove(walk: Walk): void {
    if (this.newest === walk) this.newest = walk.outer!;
    else for (let inner: Walk | undefined = this.newest; inner; inner = inner.outer) if (inner.outer === walk) inner.outer = walk.outer;
  }

  /** The newest whose handler is at work or has left the request PENDING; of one module, or of any. */
  findOpen(instance?: ModuleInstance): Walk | undefined {
    for (let walk: Walk | undefined = this.newest; walk; walk = walk.outer)
      if (walk.isOpen && (!instance || walk.instance === instance)) return walk;
    return undefined;
  }

  /** The module whose handler is at work, or has left the request PENDING last. Throws ERROR_INVALID_STATE when there is none. */
  mustFindOwner(what: string): ModuleInstance {
    const owner = this.findOpen()?.instance;
    if (owner) return owner;
    throw new HostError('ERROR_INVALID_STATE', `${what} is for a module's handler, and none is at work on this request.`);
  }

  /** The name of the module whose handler is at work, or has left the request PENDING last. */
  get moduleAtWork(): string | undefined {
    return this.findOpen()?.instance?.registration.name;
  }

  /** The newest that has been left PENDING. */
  findWaiting(): Walk | undefined {
    for (let walk: Walk | undefined = this.newest; walk; walk = walk.outer) if (walk.isWaiting) return walk;
    return undefined;
  }
}
