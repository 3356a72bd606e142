import type { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Which of the process's apps runs: each is loaded in an asynchronous scope of its own, so that a `listen()` of it is known as its.
 *
 * - A process with one app has no such scope, and it costs nothing there, until that app is loaded anew.
 * - What a request starts is in no app's scope.
 */
export class AppNames<A> {
  #only: A | undefined;
  #storage: AsyncLocalStorage<A> | undefined;

  constructor(apps: readonly A[]) {
    if (apps.length === 1) this.#only = apps[0];
    else this.#storage = newStorage();
  }

  /** The app that runs, where it can be told. */
  get current(): A | undefined {
    return this.#storage?.getStore() ?? this.#only;
  }

  /** Another instance is loaded in place of `before`; each runs in a scope of its own from here on. */
  replace(before: A, after: A): void {
    this.#storage ??= newStorage();
    if (this.#only === before) this.#only = after;
  }

  /** Runs `act` as the app. */
  run<R>(app: A, act: () => R): R {
    return this.#storage ? this.#storage.run(app, act) : act();
  }
}

function newStorage<A>(): AsyncLocalStorage<A> {
  return new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)();
}
