import { resolve } from 'node:path';
import {
  GL_APPLICATION_PRELOAD,
  GL_APPLICATION_START,
  GL_APPLICATION_STOP,
  GL_HEALTH_CHECK,
  GL_STOP_LISTENING,
} from '../constants/global-notifications.ts';
import { HSE_TERM_MUST_UNLOAD } from '../constants/isapi.ts';
import { extensionServices } from '../host/extension-services.ts';
import { makeThreadPool } from '../host/make-thread-pool.ts';
import { ExtensionHost } from '../isapi/extension-host.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import type { PreloadProvider } from '../pipeline/providers.ts';
import { HostedServer } from '../server/hosted-server.ts';
import type { ThreadPool } from '../thread-pool/thread-pool.ts';
import { endAtDeadline } from './end-at-deadline.ts';
import { listenerOf } from './serve-fetch.ts';
import { TestBatonHost } from './test-baton-host.ts';
import { type Deliver, TestFront } from './test-front.ts';
import type { Ping, TestHost, TestHostOptions, TestLogLine } from './test-host-types.ts';
import { APP_KEY, TestServerHost } from './test-server-host.ts';

/** What requests whose connections are broken off have to end, ms. */
const SETTLE_MS = 50;

/**
 * Starts modules, and an app or an extension, as a worker process does, on a real server of a loopback port.
 *
 * - Throws what a module's registerModule, or the extension's getExtensionVersion, throws: such a worker serves nothing.
 * - While it is there, `server` of `@baton/sdk` is its server.
 */
export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const host = new RunningTestHost(options);
  try {
    await host.start(options);
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

class RunningTestHost implements TestHost {
  readonly server: HostedServer;
  readonly pool: ThreadPool;
  readonly recycles: readonly string[];
  readonly recycledApplications: readonly string[];
  readonly unhealthy: readonly string[];
  readonly log: readonly TestLogLine[];
  readonly #baton: TestBatonHost;
  readonly #pipeline: Pipeline;
  readonly #requestTimeoutMs: number;
  readonly #front: TestFront;
  #extension: ExtensionHost | undefined;
  #hasStarted = false;
  #stopping: Promise<void> | undefined;
  #onEmpty = (): void => {};

  constructor(options: TestHostOptions) {
    const host = new TestServerHost(options);
    const log = host.log.bind(host);
    this.recycles = host.recycles;
    this.recycledApplications = host.recycledApplications;
    this.unhealthy = host.unhealthy;
    this.log = host.lines;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
    this.pool = makeThreadPool(options.threadPool ?? {}, log);
    this.server = new HostedServer(host, this.pool);
    this.#baton = new TestBatonHost(host.worker, this.server);
    this.#pipeline = new Pipeline({
      server: this.server,
      pool: this.pool,
      log,
      onEmpty: () => this.#onEmpty(),
      app: {
        id: APP_KEY,
        configPath: `${host.worker.pool}/${APP_KEY}`,
        physicalPath: resolve(options.root ?? '.'),
        site: APP_KEY,
        pool: host.worker.pool,
      },
    });
    host.raise = (notification, provider) => this.#pipeline.raiseGlobal(notification, provider);
    this.#front = new TestFront(listenerOf(options.app), options.app, this.#deliver);
  }

  async start({ modules = {}, extension }: TestHostOptions): Promise<void> {
    for (const [name, exported] of Object.entries(modules)) await this.#pipeline.register(name, exported);
    if (extension !== undefined) {
      const services = extensionServices({
        server: this.server,
        pool: this.pool,
        log: this.#pipeline.log,
        application: this.#pipeline.application,
      });
      this.#extension = new ExtensionHost(extension, services);
      await this.#extension.load();
      this.#front.listener = this.#extension.handle;
    }
    const provider: PreloadProvider = { ...this.#provider, isProcessRecycled: () => false };
    this.raiseGlobal(GL_APPLICATION_PRELOAD, provider);
    await this.#front.listen();
  }

  get url(): string {
    return this.#front.url;
  }

  get requests(): number {
    return this.#pipeline.current.size;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    // fetch keeps connections for later, and the host's stop would wait for them
    headers.set('connection', 'close');
    return fetch(this.url + path, { ...init, headers });
  }

  async ping(): Promise<Ping> {
    await this.pool.run(() => this.raiseGlobal(GL_HEALTH_CHECK, {}));
    const reason = this.unhealthy[0];
    return reason === undefined ? { isHealthy: true } : { isHealthy: false, reason };
  }

  raiseGlobal(notification: number, provider: object): number {
    return this.#pipeline.raiseGlobal(notification, provider);
  }

  stop(options: { drainRequestsGracefully?: boolean; timeoutMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(options);
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop({
    drainRequestsGracefully = true,
    timeoutMs = 5_000,
  }: {
    drainRequestsGracefully?: boolean;
    timeoutMs?: number;
  }): Promise<void> {
    if (this.#front.isListening) {
      this.raiseGlobal(GL_STOP_LISTENING, { drainRequestsGracefully });
      const endsAtMs = Date.now() + timeoutMs;
      this.#baton.tellDraining(new Date(endsAtMs));
      await this.#front.close(timeoutMs);
      await this.#emptied(Math.max(endsAtMs - Date.now(), SETTLE_MS));
      await this.#ended(Math.max(endsAtMs - Date.now(), SETTLE_MS));
    }
    if (this.#hasStarted) this.raiseGlobal(GL_APPLICATION_STOP, this.#provider);
    await this.#extension?.terminate(HSE_TERM_MUST_UNLOAD);
    await this.#pipeline.terminate();
    this.server.close();
    await this.pool.close();
    this.#baton.remove();
  }

  /** Connections are closed; modules may still be logging what came by them. */
  async #emptied(limitMs: number): Promise<void> {
    if (this.requests === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
      timer = setTimeout(resolve, limitMs);
    });
    clearTimeout(timer);
  }

  /** Its extension may owe sessions. */
  async #ended(limitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.#extension?.idle(), new Promise((resolve) => (timer = setTimeout(resolve, limitMs)))]);
    clearTimeout(timer);
  }

  /** As in a worker: the app gets its requests as they are when no module hears of any and no extension needs their context. */
  readonly #deliver: Deliver = (req, res, execute) => {
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this.raiseGlobal(GL_APPLICATION_START, this.#provider);
    }
    endAtDeadline(req, res, this.#requestTimeoutMs, this.#pipeline.log);
    if (this.#pipeline.isEmpty && !this.#extension) execute(() => {});
    else
      this.#pipeline.run(req, res, execute, {
        deadlineAtMs: Date.now() + this.#requestTimeoutMs,
        serve: this.#front.listener as never,
      });
  };

  readonly #provider = { getApplication: () => this.#pipeline.application };
}
