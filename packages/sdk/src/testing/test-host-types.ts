import type { RequestListener, Server } from 'node:http';
import type { HttpServer } from '../server/http-server.ts';
import type { LogLevel } from '../server/server-host.ts';
import type { WorkerProcessSettings } from '../server/worker-process-settings.ts';
import type { ThreadPoolLimits } from '../thread-pool/thread-limits.ts';
import type { ThreadPool } from '../thread-pool/thread-pool.ts';
import type { WorkerFacts } from '../worker-facts.ts';

/**
 * What answers requests: a listener, as an Express app is one, an object with a `fetch` method, or an http.Server that need not listen: what its
 * 'upgrade', 'checkContinue' and 'request' listeners get goes through the modules before (WebSockets).
 */
export type TestApp = RequestListener | Server | { fetch(request: Request): Response | Promise<Response> };

export interface TestHostOptions {
  /** Exports of modules by name, around every request in this order. */
  readonly modules?: Readonly<Record<string, unknown>>;
  /** @default one that answers 404 */
  readonly app?: TestApp;
  /** Exports of an ISAPI extension, in place of an app. */
  readonly extension?: unknown;
  /** Folder of the app. @default the current one */
  readonly root?: string;
  /** What getWorkerProcessSettings tells. @default those of a pool as baton.yaml has it without any setting */
  readonly settings?: Partial<WorkerProcessSettings>;
  /** @default w1 of the pool "test" */
  readonly worker?: Partial<WorkerFacts>;
  readonly threadPool?: ThreadPoolLimits;
  /** ms that a request has for the whole of its response; then it is ended as an adapter ends it, 504 or a broken connection. @default 30000 */
  readonly requestTimeoutMs?: number;
}

export interface TestLogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

/** How a ping came out. */
export type Ping = { readonly isHealthy: true } | { readonly isHealthy: false; readonly reason: string };

/** Modules and an app at work on a loopback port. */
export interface TestHost extends AsyncDisposable {
  /** "http://127.0.0.1:41234", without a slash at its end. */
  readonly url: string;
  /** fetch of a path of it, in its own connection: the host can end whatever goes on. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** IHttpServer, as modules get it and as `server` of `@baton/sdk` is it. */
  readonly server: HttpServer;
  readonly pool: ThreadPool;
  /** Reasons of recycleProcess, each that was asked for: in a worker a wish without an answer absorbs those that follow. */
  readonly recycles: readonly string[];
  /** What recycleApplication was called with. */
  readonly recycledApplications: readonly string[];
  /** Reasons of reportUnhealthy. */
  readonly unhealthy: readonly string[];
  readonly log: readonly TestLogLine[];
  /** Requests that modules have in hand. */
  readonly requests: number;
  /** A ping, as WAS sends them: waits for a slot of the pool, raises GL_HEALTH_CHECK. */
  ping(): Promise<Ping>;
  /** Raises a global notification, GL_*. */
  raiseGlobal(notification: number, provider: object): number;
  /**
   * Stops as a worker does: GL_STOP_LISTENING and 'draining' are said, requests end or are broken off at the deadline, GL_APPLICATION_STOP, and the
   * modules and the extension are unloaded. `await using` does it.
   *
   * - `drainRequestsGracefully`: whether it is a recycle. @default true
   * - `timeoutMs`: what requests have to end. @default 5000
   */
  stop(options?: { drainRequestsGracefully?: boolean; timeoutMs?: number }): Promise<void>;
}
