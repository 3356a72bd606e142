import type { WorkerFacts } from '../worker-facts.ts';
import type { WorkerProcessSettings } from './worker-process-settings.ts';

/** Level of a line of the log. */
export type LogLevel = 'info' | 'warn' | 'error';

/** Writes a line of the log. */
export type WriteLog = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

/**
 * What the process around provides to HostedServer: the worker process of Baton, a test host, or nothing but Node.
 *
 * - `recycleApplication` throws HostError ERROR_PATH_NOT_FOUND for an application that is not there.
 * - `raiseGlobal` reaches the pipelines and answers GL_NOTIFICATION_CONTINUE or GL_NOTIFICATION_HANDLED.
 */
export interface ServerHost {
  readonly worker: WorkerFacts;
  /** True = started from a command line, not by WAS. */
  readonly isCommandLine: boolean;
  readonly settings: WorkerProcessSettings;
  recycleProcess(reason: string): void;
  recycleApplication(appKeyOrPath: string): void;
  reportUnhealthy(reason: string, hresult?: number): void;
  log: WriteLog;
  raiseGlobal(notification: number, provider: object): number;
  /** The trace that the running request belongs to; operations get spans only when it is sampled. */
  activeTrace?(): TraceContext | undefined;
  /** A span of one operation of a sampled request; times in Unix ms. */
  recordSpan?(span: OperationSpan): void;
}

/** The trace a request belongs to (IHttpTraceContext). */
export interface TraceContext {
  /** W3C trace context. */
  readonly traceparent: string;
  readonly isSampled: boolean;
}

/** One overlapped operation of a sampled request. */
export interface OperationSpan {
  /** "overlapped read", "overlapped write". */
  readonly name: string;
  readonly traceparent: string;
  /** Unix ms. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly bytes: number;
  /** A number of winerror.h; 0 = none. */
  readonly error: number;
}
