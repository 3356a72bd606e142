import type { ReadEntityProvider } from './providers.ts';

/** Bytes that a read of the entity has brought, while modules look at them. */
export class EntityRead implements ReadEntityProvider {
  readonly #buffer: Uint8Array;
  #entity: Uint8Array;
  #resolve: (() => void) | undefined = undefined;
  #isDecided = false;

  constructor(buffer: Uint8Array, bytes: number) {
    this.#buffer = buffer;
    this.#entity = buffer.subarray(0, bytes);
  }

  getEntity(): Uint8Array {
    return this.#entity;
  }
  setEntity(entity: Uint8Array): void {
    this.#entity = entity;
  }

  /** Settles when the pending handlers have decided. */
  get decision(): Promise<void> {
    return this.#isDecided ? Promise.resolve() : new Promise((resolve) => (this.#resolve = resolve));
  }

  static decided(_status: number, read: EntityRead): void {
    read.#isDecided = true;
    read.#resolve?.();
  }

  /** Puts what modules made of the bytes into the reader's buffer; what does not fit goes back in front of the rest. */
  deliver(putBack: (rest: Uint8Array) => void): number {
    const buffer = this.#buffer;
    const entity = this.#entity;
    const bytes = Math.min(entity.byteLength, buffer.byteLength);
    if (entity.byteLength > bytes) putBack(Buffer.from(entity.subarray(bytes)));
    if (entity.buffer !== buffer.buffer || entity.byteOffset !== buffer.byteOffset) buffer.set(entity.subarray(0, bytes));
    return bytes;
  }
}
