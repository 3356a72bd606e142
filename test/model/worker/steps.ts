import { Life, Work } from '../state/words.ts';
import type { System } from '../system.ts';
import type { Worker } from './worker.ts';

/** How a worker process ends. */
export function offerWorkerSteps(system: System, worker: Worker): void {
  const { name } = worker;
  if (worker.life === Life.stopping) {
    if (isFree(system, worker))
      system.step(
        () => `${name} has nothing left and exits`,
        () => endAs(worker, Life.exited),
      );
    system.goesWrong(
      'limit',
      () => `shutdownTimeLimit: ${name} is killed`,
      () => endAs(worker, Life.killed),
    );
  }
  if (worker.isAlive)
    system.goesWrong(
      'crash',
      () => `${name} dies`,
      () => endAs(worker, Life.crashed),
    );
}

/** It has read drain on every link, and nothing it began is still running. */
function isFree({ rules, world }: System, worker: Worker): boolean {
  for (const adapter of world.adapters) {
    const link = adapter.link(worker.generation);
    if (rules.leaving && link.isOpen && link.hasReadDrain === 0) return false;
  }
  return !world.requests.some((request) => request.worker === worker.generation && request.state === Work.running);
}

function endAs(worker: Worker, life: number): void {
  worker.life = life;
}
