import { HostedContext } from '../context/hosted-context.ts';
import type { CompletionEntry, HttpContext } from '../context/http-context.ts';
import type { ModuleInstance } from './module-instance.ts';

/**
 * The request's context as one module sees it: what it completes and disables is its own, everything else is the one context's.
 *
 * The original knows a caller by nothing, so that a module which completes twice completes its successor's work; a view per module tells them apart.
 */
class View {
  readonly #instance: ModuleInstance;

  constructor(instance: ModuleInstance) {
    this.#instance = instance;
  }

  /** The one context of the request. */
  static contextOf(view: View): HostedContext {
    return view.#instance.run.context;
  }

  indicateCompletion(status: number): void {
    this.#instance.indicate(status, this.indicateCompletion);
  }

  postCompletion(bytes = 0, error = 0, routine?: CompletionEntry): void {
    this.#instance.post(bytes, error, routine, this.postCompletion);
  }

  disableNotifications(notifications: number, postNotifications: number): void {
    this.#instance.disable(notifications, postNotifications);
  }

  getIsLastNotification(status: number): boolean {
    return this.#instance.isLast(status);
  }
}

/** Everything else that HostedContext has on its prototype is handed on to the one context; where that answers itself, the view does. */
for (const [name, { value, get, set }] of Object.entries(Object.getOwnPropertyDescriptors(HostedContext.prototype))) {
  if (name in View.prototype) continue;
  const shared: PropertyDescriptor = {};
  if (typeof value === 'function')
    shared.value = function (this: View, ...values: unknown[]) {
      const context = View.contextOf(this);
      const result: unknown = value.apply(context, values);
      return result === context ? this : result;
    };
  if (get)
    shared.get = function (this: View) {
      return get.call(View.contextOf(this));
    };
  if (set)
    shared.set = function (this: View, next: unknown) {
      set.call(View.contextOf(this), next);
    };
  Object.defineProperty(View.prototype, name, { ...shared, configurable: true, enumerable: false });
}

export const ModuleContext = View as unknown as new (instance: ModuleInstance) => HttpContext;
