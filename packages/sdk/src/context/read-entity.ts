import { HostError } from '../errors/host-error.ts';
import type { EntityGate } from './entity-gate.ts';
import type { ReadEntityProvider } from './providers.ts';

/** Bytes of a body on their way to whoever reads it, while modules look at them. */
export class EntityRead implements ReadEntityProvider {
  readonly #gate: EntityGate;
  #entity: Uint8Array;

  constructor(gate: EntityGate, entity: Uint8Array) {
    this.#gate = gate;
    this.#entity = entity;
  }

  getEntity(): Uint8Array {
    return this.#entity;
  }
  setEntity(entity: Uint8Array): void {
    if (!(entity instanceof Uint8Array))
      throw new HostError('ERROR_INVALID_PARAMETER', `setEntity takes a Uint8Array, not ${entity === null ? 'null' : typeof entity}.`);
    this.#entity = entity;
  }

  /** The pending handlers have decided. */
  static decided(this: void, _status: number, entity: EntityRead): void {
    entity.#gate.decided(entity);
  }
}
