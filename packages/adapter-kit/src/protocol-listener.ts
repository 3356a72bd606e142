import type { Application } from './forward/application.ts';

/**
 * What one protocol does for its adapter: the public side. Called in the order of the callbacks of WAS.
 *
 * - Nothing is called from inside a call; only `listen` and `drain` may wait.
 */
export interface ProtocolListener {
  /** An application has come, or replaces the one with its key. Throws CONFIG_INVALID for a binding that cannot be read: it is then not served. */
  applicationCreated(app: Application): void;
  applicationDeleted(appKey: string): void;
  /** Makes the sockets what the applications say: behind InitializationCompleted, and after each change. May fail after having done what can be done. */
  listen(): Promise<void>;
  /** Looks at deadlines; called ten times a second. `now`: performance.now(). */
  sweep?(now: number): void;
  /** Takes nothing new, and resolves when nothing is in flight. */
  drain(signal?: AbortSignal): Promise<void>;
  /** Ends everything at once. */
  close(): void | Promise<void>;
}
