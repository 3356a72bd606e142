import type { WriteLog } from '../server/server-host.ts';
import { isThenable } from './is-thenable.ts';
import type { Registration } from './registration.ts';
import { messageOf } from './reports.ts';

/**
 * Tells a module's factory and its global module that they are not asked any more (IHttpModuleFactory::Terminate, CGlobalModule::Terminate), each once; one
 * object that is both is told once. Each is waited for; what it throws or rejects with is logged and keeps nobody else from his.
 */
export async function unloadModule({ name, factory, globalModule }: Registration, log: WriteLog): Promise<void> {
  for (const part of new Set([factory, globalModule]))
    try {
      const answer: unknown = part?.terminate?.();
      if (isThenable(answer)) await answer;
    } catch (error) {
      log('error', `Module "${name}" failed in terminate: ${messageOf(error)}`, { module: name, error });
    }
}
