import { isThenable } from '../is-thenable.ts';
import type { WriteLog } from '../server/server-host.ts';
import type { Registration } from './registration.ts';
import { reportModule } from './reports.ts';

/**
 * Tells a module's factory and its global module that they are not asked any more (IHttpModuleFactory::Terminate, CGlobalModule::Terminate), each once; one
 * object that is both is told once. What throws or rejects is logged and keeps nobody else from his.
 *
 * - Answers what is to be waited for; undefined: nothing, all is done.
 */
export function unloadModule({ name, factory, globalModule }: Registration, log: WriteLog): Promise<void> | undefined {
  const first = terminatePart(name, factory, log);
  if (globalModule === factory) return first;
  return first ? first.then(() => terminatePart(name, globalModule, log)) : terminatePart(name, globalModule, log);
}

function terminatePart(name: string, part: { terminate?(): void | Promise<void> } | undefined, log: WriteLog): Promise<void> | undefined {
  const failed = (error: unknown): void => reportModule(log, name, 'terminate', error);
  try {
    const answer: unknown = part?.terminate?.();
    return isThenable(answer) ? Promise.resolve(answer).then(ignore, failed) : undefined;
  } catch (error) {
    failed(error);
    return undefined;
  }
}

function ignore(): void {}
