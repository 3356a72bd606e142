import { RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import type { CompletionEntry, HttpContext } from '../context/http-context.ts';
import { HostError } from '../errors/host-error.ts';
import { isThenable } from '../is-thenable.ts';
import { checkStatus, refuseCompletion } from './completion-rules.ts';
import { readMask } from './mask.ts';
import type { HttpModule } from './module.ts';
import { ModuleContext } from './module-context.ts';
import { STEP_MASK, STEPS, UNSEQUENCED } from './notification-facts.ts';
import { type Called, type Place, takePlace } from './place.ts';
import type { Stage } from './plan.ts';
import type { Registration } from './registration.ts';
import type { RequestRun } from './request-run.ts';

/** One module at work on one request. */
export class ModuleInstance {
  readonly registration: Registration;
  readonly run: RequestRun;
  /** The one that was made before it for the same request. */
  readonly older: ModuleInstance | undefined;
  /** Undefined until it is first needed, and when its factory failed. */
  module: HttpModule | undefined = undefined;
  /** Its factory failed: it takes no part in this request. */
  isBroken = false;
  /** The request's context as this module sees it. */
  readonly context: HttpContext;
  /** Notifications that it hears no more of. */
  offMask = 0;
  offPostMask = 0;
  /** Where it completed last. */
  completedAt: Place | undefined = undefined;
  /** How many PENDINGs were ended without it: that many completions may still come, late. */
  overdue = 0;

  constructor(registration: Registration, run: RequestRun, older: ModuleInstance | undefined) {
    this.registration = registration;
    this.run = run;
    this.older = older;
    this.context = new ModuleContext(this);
  }

  /** Asks the factory. Throws what it throws, and ERROR_INVALID_FUNCTION for an object without a handler that it needs. */
  make(): HttpModule {
    this.isBroken = true;
    const { factory, checkedPrototype } = this.registration;
    const module: unknown = factory!.getHttpModule();
    if (typeof module !== 'object' || module === null)
      throw new HostError('ERROR_INVALID_DATA', `getHttpModule answers a module object for the request; got ${String(module)}.`);
    if (isThenable(module)) {
      // What it is rejected with has nobody else to hear it.
      Promise.resolve(module).catch(() => {});
      throw new HostError(
        'ERROR_INVALID_DATA',
        'getHttpModule answers a module object at once; got a promise. Wait in a handler, which may be async.',
      );
    }
    const prototype: unknown = Object.getPrototypeOf(module);
    if (prototype !== checkedPrototype) {
      checkHandlers(this.registration, module);
      this.registration.checkedPrototype = prototype;
    }
    this.isBroken = false;
    this.module = module;
    return module;
  }

  /** Throws ERROR_INVALID_PARAMETER for other bits than those of the twelve steps. */
  disable(notifications: number, postNotifications: number): void {
    const mask = readMask('notifications', notifications, STEP_MASK, 'RQ_ notifications of the twelve steps');
    const postMask = readMask('postNotifications', postNotifications, STEP_MASK, 'RQ_ notifications of the twelve steps');
    this.offMask |= mask;
    this.offPostMask |= postMask;
  }

  /** `below`: the function whose caller completes. */
  indicate(status: number, below: Called): void {
    checkStatus(status);
    const place = takePlace(below);
    const walk = this.run.walks.findOpen(this);
    if (walk?.takesCompletion) walk.indicate(status, place);
    else refuseCompletion(this, place, walk);
  }

  post(bytes: number, error: number, routine: CompletionEntry | undefined, below: Called): void {
    const place = takePlace(below);
    const walk = this.run.walks.findOpen(this);
    if (walk?.takesCompletion) walk.post(bytes, error, routine, place);
    else refuseCompletion(this, place, walk);
  }

  isLast(status: number): boolean {
    const { run } = this;
    const walk = run.walks.findOpen(this);
    if (!walk) return false;
    if (status === RQ_NOTIFICATION_FINISH_REQUEST) return true;
    return walk.remaining === 0 && (walk.isUnsequenced || !run.isBeforeApp);
  }

  hears(stage: Stage): boolean {
    return !this.isBroken && ((stage.isPost ? this.offPostMask : this.offMask) & stage.notification) === 0;
  }
}

/** A module that lacks what it subscribed to is told all of it at once, the first time. */
function checkHandlers(registration: Registration, module: HttpModule): void {
  const missing: string[] = [];
  for (const { bit, handler } of [...STEPS, ...UNSEQUENCED])
    if ((registration.requestMask & bit) !== 0 && typeof module[handler] !== 'function') missing.push(handler);
  for (const { bit, postHandler } of STEPS)
    if ((registration.postMask & bit) !== 0 && typeof module[postHandler] !== 'function') missing.push(postHandler);
  if (missing.length > 0) throw lacksHandler(missing.join(', '));
}

export function lacksHandler(names: string): HostError {
  return new HostError(
    'ERROR_INVALID_FUNCTION',
    `The module subscribed to notifications for which it has no method: ${names}. Add it, or leave its bit out of the mask.`,
  );
}
