import { AsyncResource } from 'node:async_hooks';

/**
 * Everything of the app that a frame starts runs inside this one asynchronous scope.
 *
 * - A batch of frames is read in one turn, so an app's `AsyncLocalStorage.enterWith` in one request would otherwise be seen by the next.
 * - An error the app throws must not pass through the channel, which has other requests' frames still to deliver: it is thrown again on the next
 *   tick, where it is an uncaught exception as in Node.
 */
const scope = new AsyncResource('BATONREQUEST');

/** Calls `method` on `target` in the app's scope. */
export function enterApp<T, A>(method: (this: T, argument: A) => void, target: T, argument: A): void {
  try {
    scope.runInAsyncScope(method, target, argument);
  } catch (error) {
    process.nextTick(rethrow, error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}
