import { type BlockOwner, ControlBlock } from './control-block.ts';

/** Free blocks that are kept. */
const KEPT = 1_024;

/** Control blocks of one extension, used again when their request has wholly ended. */
export class BlockPool {
  readonly #free: ControlBlock[] = [];
  readonly #owner: BlockOwner;
  #inUse = 0;

  constructor(owner: Omit<BlockOwner, 'onFree'>) {
    this.#owner = { ...owner, onFree: (block) => this.#giveBack(block) };
  }

  get free(): number {
    return this.#free.length;
  }

  /** Blocks whose request has not wholly ended. */
  get inUse(): number {
    return this.#inUse;
  }

  take(): ControlBlock {
    this.#inUse++;
    return this.#free.pop() ?? new ControlBlock(this.#owner);
  }

  #giveBack(block: ControlBlock): void {
    this.#inUse--;
    if (this.#free.length < KEPT) this.#free.push(block);
  }
}
