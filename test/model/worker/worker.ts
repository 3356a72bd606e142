import { cells, type Memory } from '../state/cells.ts';
import { unpackSuccessor } from '../state/messages.ts';
import { Life } from '../state/words.ts';

/** One generation of the slot and its process. `stopDetail` came with the stop order: successor, idle-out. */
export class Worker extends cells('life', 'role', 'stopDetail') {
  readonly generation: number;

  constructor(memory: Memory, generation: number) {
    super(memory);
    this.generation = generation;
  }

  get name(): string {
    return `g${this.generation}`;
  }

  get isAlive(): boolean {
    return this.life === Life.up || this.life === Life.stopping;
  }

  get isDead(): boolean {
    return this.life === Life.exited || this.life === Life.crashed || this.life === Life.killed;
  }

  get successor(): number {
    return unpackSuccessor(this.stopDetail).successor;
  }

  /** It ended as planned, or was killed by an idle-out, which may never cost a request. */
  get endedWithoutExcuse(): boolean {
    return this.life === Life.exited || (this.life === Life.killed && unpackSuccessor(this.stopDetail).isIdleOut);
  }
}
