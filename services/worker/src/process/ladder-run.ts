import type { Rung } from './stop-ladder.ts';

/** Climbs a ladder by timers; `cancel` when the process is gone. Rungs at 0 are done at once, in order. */
export class LadderRun {
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(rungs: readonly Rung[], act: (step: Rung['step']) => void) {
    for (const { step, atMs } of rungs) {
      if (atMs <= 0) act(step);
      else this.#timers.push(setTimeout(() => act(step), atMs));
    }
  }

  cancel(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
