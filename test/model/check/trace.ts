import type { Ints } from './ints.ts';
import type { Kind, Machine } from './machine.ts';
import type { StateStore } from './state-store.ts';

/** Tells in words how a state was reached. The steps are not kept: they are found again by running the states on the way once more. */
export class Tracer {
  private readonly machine: Machine;
  private readonly words: Int32Array;
  private readonly store: StateStore;
  private readonly parents: Ints;

  constructor(machine: Machine, words: Int32Array, store: StateStore, parents: Ints) {
    this.machine = machine;
    this.words = words;
    this.store = store;
    this.parents = parents;
  }

  /** The steps from the first state to this one, a shortest way. */
  to(id: number): string[] {
    const way: number[] = [];
    for (let at = id; at >= 0; at = this.parents.at(at)) way.unshift(at);
    return this.along(way);
  }

  /** The steps between neighbours of a way. */
  along(way: readonly number[]): string[] {
    return way.slice(1).map((target, k) => this.stepBetween(way[k] as number, target));
  }

  stateAt(id: number): string {
    this.store.read(id, this.words);
    return this.machine.describe();
  }

  private stepBetween(source: number, target: number): string {
    const before = new Int32Array(this.words.length);
    this.store.read(source, before);
    this.words.set(before);
    let found = '';
    this.machine.steps((kind: Kind, text, act) => {
      act();
      if (!found) {
        const said = text();
        this.machine.simplify();
        if (this.store.isAt(target, this.words)) found = kind === 'part' ? said : `[${kind}] ${said}`;
      }
      this.words.set(before);
    });
    return found;
  }
}
