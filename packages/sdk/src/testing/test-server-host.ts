import { HostError } from '../errors/host-error.ts';
import type { LogLevel, ServerHost, TraceContext } from '../server/server-host.ts';
import type { WorkerProcessSettings } from '../server/worker-process-settings.ts';
import type { WorkerFacts } from '../worker-facts.ts';
import type { TestHostOptions, TestLogLine } from './test-host-types.ts';

/** A host that writes down what it is asked for. */
export class TestServerHost implements ServerHost {
  readonly worker: WorkerFacts;
  readonly settings: WorkerProcessSettings;
  readonly isCommandLine = false;
  readonly recycles: string[] = [];
  readonly recycledApplications: string[] = [];
  readonly unhealthy: string[] = [];
  readonly lines: TestLogLine[] = [];
  /** Set when the pipeline is there. */
  raise: (notification: number, provider: object) => number = () => 0;

  constructor({ worker, settings }: TestHostOptions) {
    this.worker = Object.freeze({ id: 'w1', pool: 'test', slot: 'test/1', generation: 1, ...worker });
    this.settings = Object.freeze({
      applicationPool: this.worker.pool,
      workerId: this.worker.id,
      slot: this.worker.slot,
      generation: this.worker.generation,
      maxProcesses: 1,
      idleTimeoutMs: 20 * 60_000,
      startupTimeLimitMs: 90_000,
      shutdownTimeLimitMs: 90_000,
      pingIntervalMs: 30_000,
      pingResponseTimeMs: 90_000,
      ...settings,
    });
  }

  recycleProcess(reason: string): void {
    this.recycles.push(reason);
  }

  recycleApplication(appKeyOrPath: string): void {
    if (appKeyOrPath !== APP_KEY)
      throw new HostError('ERROR_PATH_NOT_FOUND', `There is no application "${appKeyOrPath}" in this host: its one is "${APP_KEY}"`);
    this.recycledApplications.push(appKeyOrPath);
  }

  reportUnhealthy(reason: string): void {
    this.unhealthy.push(reason);
  }

  log(level: LogLevel, message: string, fields?: Record<string, unknown>): void {
    this.lines.push({ level, message, fields });
  }

  raiseGlobal(notification: number, provider: object): number {
    return this.raise(notification, provider);
  }

  activeTrace(): TraceContext | undefined {
    return undefined;
  }
}

/** The application of a test host. */
export const APP_KEY = 'app';
