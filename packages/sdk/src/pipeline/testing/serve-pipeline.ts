import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import type { HttpServer } from '../../server/http-server.ts';
import { ThreadPool } from '../../thread-pool/thread-pool.ts';
import type { HttpModule } from '../module.ts';
import { STEPS, UNSEQUENCED } from '../notification-facts.ts';
import { Pipeline, type RunOptions } from '../pipeline.ts';
import type { ModuleRegistrationInfo } from '../registration-info.ts';

/** A line of the pipeline's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** For tests: what a module does to register itself. */
export type Register = (info: ModuleRegistrationInfo) => void | Promise<void>;

export interface PipelineFixture {
  readonly pipeline: Pipeline;
  readonly pool: ThreadPool;
  readonly log: LogLine[];
  readonly url: string;
  /** Resolves when the requests that are in it have ended. */
  isEmpty(): Promise<void>;
}

export interface PipelineSettings {
  readonly app?: RequestListener;
  readonly pool?: ThreadPool;
  readonly warnPendingMs?: number;
  /** Options of each request. */
  readonly options?: () => RunOptions;
}

/** For tests: a pipeline with modules. */
export async function makePipeline(
  modules: Readonly<Record<string, Register>>,
  log: LogLine[],
  { pool = new ThreadPool(), warnPendingMs = 30_000 }: PipelineSettings = {},
): Promise<Pipeline> {
  const pipeline = new Pipeline({
    server: {} as HttpServer,
    pool,
    app: { id: 'shop', configPath: 'apps/shop', physicalPath: import.meta.dirname },
    log: (level, message, fields = {}) => log.push({ level, message, fields }),
    warnPendingMs,
  });
  for (const [name, register] of Object.entries(modules))
    await pipeline.register(name, { registerModule: (_version: number, info: ModuleRegistrationInfo) => register(info) });
  return pipeline;
}

/** For tests: modules around an app on a real server, which is closed when the tests are over. */
export async function servePipeline(
  modules: Readonly<Record<string, Register>>,
  settings: PipelineSettings = {},
): Promise<PipelineFixture> {
  const log: LogLine[] = [];
  const pool = settings.pool ?? new ThreadPool();
  const app = settings.app ?? ((_req, res) => res.end('app'));
  const pipeline = await makePipeline(modules, log, { ...settings, pool });
  const server = createServer((req, res) => {
    const serve = () => app(req, res);
    pipeline.run(req, res, serve, settings.options?.());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
    void pipeline.terminate();
  });
  const isEmpty = async () => {
    const endAtMs = Date.now() + 30_000;
    while (pipeline.current.size > 0) {
      if (Date.now() > endAtMs) throw new Error(`${pipeline.current.size} requests have not ended`);
      await new Promise(setImmediate);
    }
  };
  return { pipeline, pool, log, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, isEmpty };
}

/** For tests: the masks of what `handlers` has methods for. */
function masksOf(handlers: HttpModule): { mask: number; postMask: number } {
  let mask = 0;
  let postMask = 0;
  for (const { bit, handler } of [...STEPS, ...UNSEQUENCED]) if (handler in handlers) mask |= bit;
  for (const { bit, postHandler } of STEPS) if (postHandler in handlers) postMask |= bit;
  return { mask, postMask };
}

/** For tests: a module that is subscribed to what `handlers` has methods for; each request's object inherits from it. */
export function registering(handlers: HttpModule, made: () => void = () => {}, more?: (info: ModuleRegistrationInfo) => void): Register {
  const { mask, postMask } = masksOf(handlers);
  return (info) => {
    const getHttpModule = (): HttpModule => {
      made();
      return Object.create(handlers);
    };
    info.setRequestNotifications({ getHttpModule }, mask, postMask);
    more?.(info);
  };
}
