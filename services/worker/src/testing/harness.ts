import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { control, create, toJson } from '@baton/proto';
import { clusterKeys, openRedis, orderQueue } from '@baton/store';
import { createLogger, type Logger } from '@baton/telemetry';
import { Queue } from 'bullmq';
import { createHost, type Host, type HostOptions } from '../host.ts';
import { startRedis, type TestRedis } from './redis-server.ts';
import { ScriptedWas } from './scripted-was.ts';

const CLUSTER = 'test';
const HOST = 'h1';
export const SCRIPTED_CHILD = fileURLToPath(new URL('./scripted-child.js', import.meta.url));

/** Fields of a wire message, without its own bookkeeping. */
type Fields<T> = Partial<Omit<T, '$typeName' | '$unknown'>>;

type StartFields = {
  act?: string;
  entry?: string;
  preload?: string[];
  /** More of its bindings than a port for HTTP, or none of that. */
  bindings?: Fields<control.App>;
  /** All applications of the pool, where there are several. */
  apps?: Fields<control.App>[];
  environment?: Record<string, control.EnvValue['source']>;
  channels?: number[];
  token?: string;
  blob?: Buffer;
} & Partial<
  Pick<
    control.Start,
    | 'threadPool'
    | 'facts'
    | 'proofKey'
    | 'role'
    | 'startupTimeLimitMs'
    | 'shutdownTimeLimitMs'
    | 'idleTimeoutMs'
    | 'noOverlap'
    | 'traceparent'
  >
>;

/** One host with a real Redis, a scripted leader on a socket, and a queue to order with. */
export class Harness implements AsyncDisposable {
  readonly redis: TestRedis;
  readonly dir: string;
  /** Lines of the host's log. */
  readonly logs: Record<string, unknown>[] = [];
  readonly client: ReturnType<typeof openRedis>;
  readonly queue: Queue;
  was: ScriptedWas;
  host!: Host;
  #numbers = 0;
  readonly #log: Logger;

  private constructor(redis: TestRedis, was: ScriptedWas, dir: string) {
    this.redis = redis;
    this.was = was;
    this.dir = dir;
    this.#log = createLogger('host', { destination: { write: (line) => this.logs.push(JSON.parse(line)) } });
    this.client = openRedis(redis.url, { name: 'test' });
    const { name, prefix } = orderQueue(CLUSTER, HOST);
    this.queue = new Queue(name, { connection: this.client, prefix });
    this.queue.on('error', () => undefined);
  }

  static async open(options: Partial<HostOptions> = {}): Promise<Harness> {
    const dir = await mkdtemp(join(tmpdir(), 'baton-host-'));
    await mkdir(join(dir, 'apps'));
    await writeFile(join(dir, 'apps', 'app.js'), '');
    const harness = new Harness(await startRedis(), await ScriptedWas.start(), dir);
    await harness.setEpoch(1);
    await harness.openHost(options);
    await harness.was.attached();
    await until(() => harness.host.isAttached(), 10_000, 'the answer to the registration');
    return harness;
  }

  /** Options of a host on this harness, all but the logger. */
  get settings(): Omit<HostOptions, 'log'> {
    return {
      id: HOST,
      clusterId: CLUSTER,
      was: [this.was.address],
      redis: this.redis.url,
      secret: 'cluster secret',
      advertise: '127.0.0.1',
      appRoot: join(this.dir, 'apps'),
      stateDir: join(this.dir, 'state'),
      childMain: SCRIPTED_CHILD,
      heartbeatMs: 100,
      silenceMs: 1_000,
    };
  }

  async openHost(options: Partial<HostOptions> = {}): Promise<void> {
    this.host = await createHost({ ...this.settings, log: this.#log, ...options });
  }

  async setEpoch(epoch: number): Promise<void> {
    await this.client.set(clusterKeys(CLUSTER).epoch, String(epoch));
  }

  /** Adds a start order; `worker` is "w1", its generation the number in it. */
  async start(worker: string, fields: StartFields = {}, order: Fields<control.Order> = {}): Promise<void> {
    const { act = '', entry = 'app.js', preload = [], bindings = {}, apps = [], environment = {}, channels = [1], ...rest } = fields;
    const { token = 'token', blob = Buffer.from('{}'), ...limits } = rest;
    const sources: Record<string, control.EnvValue['source']> = { ACT: { case: 'literal', value: act }, ...environment };
    const value = create(control.StartSchema, {
      app: { appKey: 'shop', entry, ports: [8080], preload, ...bindings },
      apps: apps.map((app) => create(control.AppSchema, app)),
      role: 'activation',
      identityToken: token,
      channels: channels.map((channelId) => ({ adapterId: 'a1', channelId, protocolId: 'http', blob })),
      startupTimeLimitMs: 10_000,
      shutdownTimeLimitMs: 5_000,
      environment: Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, { source }])),
      ...limits,
    });
    await this.order(worker, { ...order, verb: { case: 'start', value } });
  }

  async stop(worker: string, fields: Fields<control.Stop> = {}, order: Fields<control.Order> = {}): Promise<void> {
    const value = create(control.StopSchema, { limitMs: 5_000, cause: 'admin', ...fields });
    await this.order(worker, { ...order, verb: { case: 'stop', value } });
  }

  async connect(
    worker: string,
    channelId: number,
    given: { adapterId?: string; token?: string; proofKey?: string; blob?: Buffer } = {},
  ): Promise<void> {
    const { adapterId = 'a1', token = 'token', proofKey = '', blob = Buffer.from('{}') } = given;
    const value = create(control.ConnectSchema, { identityToken: token, proofKey, channels: [{ adapterId, channelId, blob }] });
    await this.order(worker, { verb: { case: 'connect', value } });
  }

  async order(worker: string, fields: Fields<control.Order>): Promise<void> {
    const generation = Number(worker.slice(1));
    const facts = {
      epoch: 1,
      number: ++this.#numbers,
      deadlineMs: Date.now() + 60_000,
      slot: 'shop/1',
      poolId: 'shop',
      workerId: worker,
      generation,
    };
    const order = create(control.OrderSchema, { ...facts, ...fields });
    const jobId = `shop.1-${generation}-${order.verb.case}-${order.epoch}-${order.number}-${++this.#numbers}`;
    await this.queue.add('order', toJson(control.OrderSchema, order), { jobId, removeOnComplete: true, removeOnFail: true });
  }

  /** The children that the host has noted down. */
  async ledger(): Promise<{ workerId: string; stopByMs: number }[]> {
    return JSON.parse(await readFile(join(this.dir, 'state', 'children.json'), 'utf8')).children;
  }

  /** The app's lines of one worker. */
  lines(worker: string): string[] {
    return this.logs.filter((line) => line.worker === worker && line.stream !== undefined).map((line) => String(line.msg));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.host.isStopping()) await this.host.close(AbortSignal.timeout(15_000));
    this.was.down();
    await this.queue.close();
    this.client.disconnect();
    await this.redis.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** The process, or anybody of its group, is there and no zombie. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]$/.test(stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3));
  } catch {
    return false;
  }
}

const HOST_PROCESS = fileURLToPath(new URL('./host-process.js', import.meta.url));

/** A host in a process of its own, supervised by this one. */
export async function startHostProcess(settings: Omit<HostOptions, 'log'>): Promise<ChildProcess> {
  const host = spawn(process.execPath, ['--enable-source-maps', HOST_PROCESS, JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(host, 'message');
  return host;
}

/** Live children of a process; with `dir` only those that work below it. */
export async function childrenOf(pid: number, dir = ''): Promise<number[]> {
  const found: number[] = [];
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(parent) !== pid || state === 'Z') continue;
    const cwd = await readlink(`/proc/${name}/cwd`).catch(() => '');
    if (cwd.startsWith(dir)) found.push(Number(name));
  }
  return found;
}
