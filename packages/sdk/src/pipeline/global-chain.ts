import { GL_NOTIFICATION_CONTINUE, GL_NOTIFICATION_HANDLED, GLOBAL_NOTIFICATION_NAMES } from '../constants/global-notifications.ts';
import { HostError } from '../errors/host-error.ts';
import { isThenable } from '../is-thenable.ts';
import type { WriteLog } from '../server/server-host.ts';
import { GLOBAL_HANDLERS } from './global-facts.ts';
import { byPriority } from './priority.ts';
import type { Registration } from './registration.ts';
import { reportModule } from './reports.ts';

/** Modules by the global notification they hear of, in order. */
export type GlobalChains = ReadonlyMap<number, readonly Registration[]>;

export function makeGlobalChains(modules: readonly Registration[]): GlobalChains {
  const chains = new Map<number, Registration[]>();
  for (const bit of GLOBAL_HANDLERS.keys()) {
    const subscribed = modules.filter((module) => (module.globalMask & bit) !== 0);
    if (subscribed.length > 0)
      chains.set(
        bit,
        byPriority(subscribed, (module) => module.globalPriorities.rankOf(bit)),
      );
  }
  return chains;
}

/**
 * Tells global modules of an event, until one has handled it.
 *
 * - A handler that throws, or answers anything else than CONTINUE and HANDLED, a promise above all, is logged and counts as CONTINUE.
 */
export function raiseInChain(chains: GlobalChains, log: WriteLog, notification: number, provider: object): number {
  const name = GLOBAL_HANDLERS.get(notification);
  if (name === undefined)
    throw new HostError('ERROR_INVALID_PARAMETER', `raiseGlobal takes one GL_ notification; got 0x${(notification >>> 0).toString(16)}.`);
  for (const { globalModule, name: module } of chains.get(notification) ?? [])
    try {
      const handler = globalModule![name] as ((provider: object) => unknown) | undefined;
      if (typeof handler !== 'function')
        throw new HostError('ERROR_INVALID_FUNCTION', `The global module has no method ${name}. Add it, or leave its bit out of the mask.`);
      const status = handler.call(globalModule, provider);
      if (status === GL_NOTIFICATION_HANDLED) return GL_NOTIFICATION_HANDLED;
      if (status !== GL_NOTIFICATION_CONTINUE) throw refuseAnswer(name, status);
    } catch (error) {
      reportModule(log, module, GLOBAL_NOTIFICATION_NAMES.get(notification)!, error);
    }
  return GL_NOTIFICATION_CONTINUE;
}

function refuseAnswer(name: string, status: unknown): HostError {
  let got = String(status);
  if (isThenable(status)) {
    got = 'a promise';
    // What it is rejected with has nobody else to hear it.
    Promise.resolve(status).catch(() => {});
  }
  return new HostError(
    'ERROR_INVALID_DATA',
    `${name} answers GL_NOTIFICATION_CONTINUE (0) or GL_NOTIFICATION_HANDLED (1), at once; got ${got}. It counts as CONTINUE.`,
  );
}
