import type { ControlBlock } from './control-block.ts';
import type { ExtensionServices } from './extension-services.ts';
import type { TransferBuffers } from './transfer-buffers.ts';

/** What the blocks of one extension share, and whom they tell. */
export interface BlockOwner {
  readonly name: string;
  readonly services: ExtensionServices;
  readonly buffers: TransferBuffers;
  /** A block's request has ended for its client, and the extension is not through with it. */
  onOwed(): void;
  /** The extension was not through with it in time: the host has ended the session. */
  onAbandoned(): void;
  /** A block whose request has wholly ended; `wasOwed`: behind its client's end. It may serve another one unless it was abandoned. */
  onFree(block: ControlBlock, wasOwed: boolean): void;
}
