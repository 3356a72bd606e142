import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TraceContext } from '../server/server-host.ts';
import type { ApplicationContext } from './application-context.ts';
import type { HostedContext } from './hosted-context.ts';
import type { CompletionEntry, ExecutionStats } from './http-context.ts';

/** Called once when a notification that was pending is decided: with its status and the provider it was raised with. */
export type WhenDone<P extends object> = (status: number, provider: P) => void;

/** Which module a context is called by: the one whose handler is at work. */
export interface ModuleAtWork {
  readonly moduleAtWork: string | undefined;
}

/**
 * What a context needs of the state machine that runs its request (pipeline/request-run.ts).
 *
 * - The context never keeps more of it than this.
 */
export interface ContextRun {
  readonly application: ApplicationContext;
  /** When the request came, Unix ms. */
  readonly startedAtMs: number;
  /** Whether some module is told of this notification. Asked for every write of an app: a mask and nothing else. */
  isSubscribed(notification: number): boolean;
  /**
   * Raises a notification out of sequence. CONTINUE or FINISH at once, or PENDING: then `whenDone` is called, once.
   *
   * - An error of a handler is the run's business: it has called `fail` before it answers FINISH.
   */
  raise<P extends object>(notification: number, provider: P, whenDone?: WhenDone<P>): number;
  /** The response has gone out whole, or its connection is gone. Said once. */
  responseEnded(): void;
  /** `module`: whose doing it is, where that is known. */
  fail(error: unknown, place: string, module?: string): void;
  readonly walks: ModuleAtWork;
  indicateCompletion(status: number): void;
  postCompletion(bytes?: number, error?: number, routine?: CompletionEntry): void;
  disableNotifications(mask: number, postMask: number): void;
  getIsLastNotification(status: number): boolean;
  readonly executionStats: ExecutionStats;
  readonly trace: TraceContext | undefined;
  /** A run of the same pipeline and app for a child request, not started; its context has `parent` for its parent. */
  createChild(req: IncomingMessage, res: ServerResponse, parent: HostedContext): ChildRun;
}

/** The run of a child request. */
export interface ChildRun extends ContextRun {
  readonly context: HostedContext;
  /** `skipAuthentication`: RQ_AUTHENTICATE_REQUEST is left out, its user is set. */
  start(skipAuthentication: boolean): void;
}
