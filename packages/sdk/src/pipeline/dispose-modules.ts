import { isThenable } from '../is-thenable.ts';
import type { ModuleInstance } from './module-instance.ts';
import { reportModule } from './reports.ts';

/** The request has ended: its module objects are told, the one made last first. One that throws, or rejects, keeps nobody else from it. */
export function disposeModules(newest: ModuleInstance | undefined): void {
  for (let instance = newest; instance; instance = instance.older)
    try {
      const answer: unknown = instance.module?.dispose?.();
      if (isThenable(answer)) hearRejection(answer, instance);
    } catch (error) {
      report(instance, error);
    }
}

/** Nobody waits for it, and what it is rejected with must not end the process. */
function hearRejection(answer: PromiseLike<unknown>, instance: ModuleInstance): void {
  Promise.resolve(answer).catch((error: unknown) => report(instance, error));
}

function report({ registration, run }: ModuleInstance, error: unknown): void {
  reportModule(run.log, registration.name, 'dispose', error);
}
