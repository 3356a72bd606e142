import { HostError } from '../errors/host-error.ts';
import { GLOBAL_MASK } from './global-facts.ts';
import type { GlobalModule } from './global-module.ts';
import { readMask } from './mask.ts';
import type { ModuleFactory } from './module.ts';
import { REQUEST_MASK, STEP_MASK } from './notification-facts.ts';
import { Priorities } from './priority.ts';
import type { ModuleId, ModuleRegistrationInfo } from './registration-info.ts';

/** What a module has said of itself. */
export class Registration implements ModuleRegistrationInfo {
  readonly name: string;
  readonly id: ModuleId;
  factory: ModuleFactory | undefined = undefined;
  requestMask = 0;
  postMask = 0;
  globalModule: GlobalModule | undefined = undefined;
  globalMask = 0;
  readonly priorities = new Priorities();
  readonly globalPriorities = new Priorities();
  /** Its objects are known to have the handlers that it subscribed to: prototype of the one last looked at. */
  checkedPrototype: unknown = undefined;
  #isClosed = false;

  constructor(name: string) {
    this.name = name;
    this.id = Symbol(name);
  }

  getName(): string {
    return this.name;
  }

  getId(): ModuleId {
    return this.id;
  }

  setRequestNotifications(factory: ModuleFactory, requestNotifications: number, postRequestNotifications: number): void {
    this.#mustBeOpen('setRequestNotifications');
    if (this.factory) throw this.#refuseSecond('setRequestNotifications');
    if (typeof factory?.getHttpModule !== 'function')
      throw new HostError(
        'ERROR_INVALID_PARAMETER',
        `setRequestNotifications needs a factory with a method getHttpModule; got ${describe(factory)}.`,
      );
    const mask = readMask('requestNotifications', requestNotifications, REQUEST_MASK, 'RQ_ notifications');
    const postMask = readMask('postRequestNotifications', postRequestNotifications, STEP_MASK, 'RQ_ notifications of the twelve steps');
    if ((mask | postMask) === 0)
      throw new HostError('ERROR_INVALID_PARAMETER', 'setRequestNotifications needs at least one notification; both masks are 0.');
    this.factory = factory;
    this.requestMask = mask;
    this.postMask = postMask;
  }

  setGlobalNotifications(globalModule: GlobalModule, globalNotifications: number): void {
    this.#mustBeOpen('setGlobalNotifications');
    if (this.globalModule) throw this.#refuseSecond('setGlobalNotifications');
    if (typeof globalModule !== 'object' || globalModule === null)
      throw new HostError(
        'ERROR_INVALID_PARAMETER',
        `setGlobalNotifications needs a global module, an object; got ${describe(globalModule)}.`,
      );
    const mask = readMask('globalNotifications', globalNotifications, GLOBAL_MASK, 'GL_ notifications');
    if (mask === 0)
      throw new HostError('ERROR_INVALID_PARAMETER', 'setGlobalNotifications needs at least one notification; the mask is 0.');
    this.globalModule = globalModule;
    this.globalMask = mask;
  }

  setPriorityForRequestNotification(requestNotifications: number, priority: string): void {
    this.#mustBeOpen('setPriorityForRequestNotification');
    this.priorities.set(readMask('requestNotifications', requestNotifications, REQUEST_MASK, 'RQ_ notifications'), priority);
  }

  setPriorityForGlobalNotification(globalNotifications: number, priority: string): void {
    this.#mustBeOpen('setPriorityForGlobalNotification');
    this.globalPriorities.set(readMask('globalNotifications', globalNotifications, GLOBAL_MASK, 'GL_ notifications'), priority);
  }

  /** `registerModule` has ended: nothing can be changed any more. */
  close(): void {
    this.#isClosed = true;
  }

  #mustBeOpen(what: string): void {
    if (this.#isClosed)
      throw new HostError('ERROR_INVALID_STATE', `${what} belongs into registerModule, which has ended for module "${this.name}".`);
  }

  #refuseSecond(what: string): HostError {
    return new HostError('ERROR_ALREADY_EXISTS', `Module "${this.name}" has called ${what} before; join the bits into one call.`);
  }
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
