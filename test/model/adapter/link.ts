import { cells, type Memory } from '../state/cells.ts';
import { Queue } from '../state/queue.ts';
import { Line } from '../state/words.ts';
import type { Worker } from '../worker/worker.ts';

/**
 * One worker on one channel: what the adapter knows of it, the worker's side, and the frames under way to it.
 *
 * - `mark`: the adapter's note; `hasReadDrain`: the worker's.
 * - Frames stay in order. They are lost when the connection drops only if `replayFrames` is off.
 */
export class Link extends cells('line', 'mark', 'hasReadDrain', 'leaving') {
  readonly worker: Worker;
  readonly frames: Queue;

  constructor(memory: Memory, worker: Worker, requests: number) {
    super(memory);
    this.worker = worker;
    this.frames = new Queue(memory, requests + 4);
  }

  get isUp(): boolean {
    return this.line === Line.up;
  }

  /** Up, or down and going to resume. */
  get isOpen(): boolean {
    return this.line === Line.up || this.line === Line.down;
  }

  send(frame: number): void {
    if (this.isOpen) this.frames.push(frame);
  }
}
