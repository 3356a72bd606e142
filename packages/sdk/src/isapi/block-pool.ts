import type { BlockOwner } from './block-owner.ts';
import { ControlBlock } from './control-block.ts';

/** Free blocks that are kept. */
const KEPT = 1_024;

/** Control blocks of one extension, used again when their request has wholly ended. */
export class BlockPool {
  readonly #free: ControlBlock[] = [];
  readonly #owner: BlockOwner;
  readonly #onIdle: () => void;
  #inUse = 0;
  #owed = 0;
  #abandoned = 0;

  /** `onIdle`: no block is in use any more. */
  constructor(shared: Pick<BlockOwner, 'name' | 'services' | 'buffers'>, onIdle: () => void) {
    this.#onIdle = onIdle;
    this.#owner = {
      ...shared,
      onOwed: () => void this.#owed++,
      onAbandoned: () => void this.#abandoned++,
      onFree: (block, wasOwed) => this.#giveBack(block, wasOwed),
    };
  }

  get free(): number {
    return this.#free.length;
  }

  /** Blocks whose request has not wholly ended. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Of those the ones whose request has ended for its client. */
  get owed(): number {
    return this.#owed;
  }

  /** Sessions that the host has ended so far. */
  get abandoned(): number {
    return this.#abandoned;
  }

  take(): ControlBlock {
    this.#inUse++;
    return this.#free.pop() ?? new ControlBlock(this.#owner);
  }

  #giveBack(block: ControlBlock, wasOwed: boolean): void {
    this.#inUse--;
    if (wasOwed) this.#owed--;
    // What the extension still does with an abandoned one must reach no other request.
    if (!block.abandoned && this.#free.length < KEPT) this.#free.push(block);
    if (this.#inUse === 0) this.#onIdle();
  }
}
