/** Bytes of one buffer: as much as the channel to an adapter takes without waiting, and few turns of the loop for a large file. */
const TRANSFER_BUFFER_BYTES = 262_144;

/** Free buffers that are kept. */
const KEPT = 64;

/** Buffers that parts of files go through on their way out; used again once their bytes are out. */
export class TransferBuffers {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(TRANSFER_BUFFER_BYTES);
  }

  giveBack(buffer: Buffer): void {
    if (this.#free.length < KEPT) this.#free.push(buffer);
  }

  get free(): number {
    return this.#free.length;
  }
}
