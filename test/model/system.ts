import type { Emit, Kind } from './check/machine.ts';
import { VIOLATIONS, type Violation } from './checks/violations.ts';
import type { Configuration } from './configuration.ts';
import type { Fault } from './faults.ts';
import { type Bug, RULES, type Rules } from './rules.ts';
import { World } from './state/world.ts';

/** What every part needs to act: the state, the rules in force, and a way to offer its steps. */
export class System {
  readonly configuration: Configuration;
  readonly rules: Rules;
  readonly world: World;
  private emit: Emit = () => {};

  constructor(configuration: Configuration) {
    this.configuration = configuration;
    this.rules = { ...RULES, ...configuration.rules };
    this.world = new World(configuration);
  }

  has(bug: Bug): boolean {
    return this.configuration.bug === bug;
  }

  /** The first one stays. */
  violate(violation: Violation): void {
    const { outlook } = this.world;
    if (outlook.violation === 0) outlook.violation = VIOLATIONS.indexOf(violation);
  }

  /** Sends the steps offered in `offer` to `emit`. */
  offering(emit: Emit, offer: () => void): void {
    this.emit = emit;
    offer();
  }

  /** A part of the system does something. */
  step(text: () => string, act: () => void): void {
    this.emit('part', text, act);
  }

  offer(kind: Kind, text: () => string, act: () => void): void {
    this.emit(kind, text, act);
  }

  /** Something happens to the system. */
  happens(text: () => string, act: () => void): void {
    this.emit('world', text, act);
  }

  /** Something goes wrong, as long as the budget lasts. */
  goesWrong(fault: Fault, text: () => string, act: () => void): void {
    const { budget } = this.world;
    if (!budget.allows(fault)) return;
    this.emit('world', text, () => {
      budget.spend(fault);
      act();
    });
  }
}

/** A generation in words. */
export function named(generation: number): string {
  return generation === 0 ? 'nobody' : `g${generation}`;
}
