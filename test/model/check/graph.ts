import { Ints } from './ints.ts';
import type { Kind } from './machine.ts';

const KINDS: readonly Kind[] = ['part', 'timer', 'world'];
const PART = 0;
const TIMER = 1;
const KIND_BITS = 2;
const KIND_MASK = 3;

/** All steps found, row by row: those out of state 0, then those out of state 1, and so on. */
export class Graph {
  private readonly rows = new Ints();
  /** Target and kind of each step in one number. */
  private readonly edges = new Ints();

  /** The steps added from now on lead out of the next state. */
  beginRow(): void {
    this.rows.push(this.edges.length);
  }

  add(kind: Kind, target: number): void {
    this.edges.push((target << KIND_BITS) | KINDS.indexOf(kind));
  }

  get stateCount(): number {
    return this.rows.length;
  }

  /** Calls `visit` with the target of every step out of `state`, of parts alone or also of timers. */
  forEachNext(state: number, steps: 'parts' | 'partsAndTimers', visit: (target: number) => void): void {
    const end = state + 1 < this.rows.length ? this.rows.at(state + 1) : this.edges.length;
    const last = steps === 'parts' ? PART : TIMER;
    for (let k = this.rows.at(state); k < end; k++) {
      const edge = this.edges.at(k);
      if ((edge & KIND_MASK) <= last) visit(edge >> KIND_BITS);
    }
  }

  /** The same steps turned round: for each state where they come from. */
  reversed(steps: 'parts' | 'partsAndTimers'): (state: number, visit: (source: number) => void) => void {
    const count = this.stateCount;
    const starts = new Int32Array(count + 1);
    for (let state = 0; state < count; state++) this.forEachNext(state, steps, (target) => bump(starts, target + 1));
    for (let state = 0; state < count; state++) starts[state + 1] = (starts[state + 1] as number) + (starts[state] as number);
    const sources = new Int32Array(starts[count] as number);
    const next = starts.slice(0, count);
    for (let state = 0; state < count; state++) {
      this.forEachNext(state, steps, (target) => {
        sources[next[target] as number] = state;
        bump(next, target);
      });
    }
    return (state, visit) => {
      for (let k = starts[state] as number; k < (starts[state + 1] as number); k++) visit(sources[k] as number);
    };
  }
}

function bump(counts: Int32Array, index: number): void {
  counts[index] = (counts[index] as number) + 1;
}
