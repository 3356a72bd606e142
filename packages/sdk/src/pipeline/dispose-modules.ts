import type { ModuleInstance } from './module-instance.ts';
import { messageOf } from './reports.ts';

/** The request has ended: its module objects are told, the one made last first. One that throws keeps nobody else from it. */
export function disposeModules(newest: ModuleInstance | undefined): void {
  for (let instance = newest; instance; instance = instance.older)
    try {
      instance.module?.dispose?.();
    } catch (error) {
      const module = instance.registration.name;
      instance.run.log('error', `Module "${module}" failed in dispose: ${messageOf(error)}`, { module, step: 'dispose', error });
    }
}
