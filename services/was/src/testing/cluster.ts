import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { until } from '@baton/core';
import { startTestRedis, type TestRedis } from '@baton/store';
import { createLogger, type FinishedSpan } from '@baton/telemetry';
import { registrationKey } from '../cluster/registration.ts';
import { openWas, type Was, type WasOptions } from '../service.ts';
import { createTracer } from '../telemetry/tracer.ts';
import { ScriptedAdapter } from './scripted-adapter.ts';
import { ScriptedHost, type ScriptedHostOptions } from './scripted-host.ts';
import { TestTime } from './test-time.ts';

export const SECRET = 'between-services';
export const TOKEN = 'of-the-operator';

/** A baton.yaml with one pool; `pool` and `app` are further keys in flow style. */
export function yamlOf({ pool = '', app = '', more = '' } = {}): string {
  return `apiVersion: baton/v1
pools:
  - { name: shop${pool && `, ${pool}`} }
apps:
  - { name: shop, pool: shop, entry: ./shop.js, bindings: ["http://*:8080/"]${app && `, ${app}`} }
${more}`;
}

/** A WAS on a real Redis, and everybody a test scripts around it; all closed when the test ends. */
export class TestCluster {
  readonly clusterId: string;
  readonly redis: TestRedis;
  /** The clock of every WAS of this cluster. */
  readonly time: TestTime;
  readonly adapters: ScriptedAdapter[] = [];
  readonly hosts: ScriptedHost[] = [];
  was: Was;
  replacedBy = '';
  /** Spans that any WAS of this cluster has written. */
  readonly spans: FinishedSpan[];
  readonly #all: Was[] = [];

  private constructor(redis: TestRedis, was: Was, clusterId: string, time: TestTime, spans: FinishedSpan[]) {
    this.spans = spans;
    this.redis = redis;
    this.time = time;
    this.was = was;
    this.clusterId = clusterId;
    this.#all.push(was);
  }

  static async open(t: TestContext, yaml = yamlOf(), { isDurable = false } = {}): Promise<TestCluster> {
    const redis = await startTestRedis({ isDurable });
    const clusterId = `t${randomBytes(4).toString('hex')}`;
    const holder: { cluster?: TestCluster } = {};
    const time = new TestTime();
    const spans: FinishedSpan[] = [];
    const tracer = createTracer({ write: (span) => spans.push(span) });
    const options = optionsOf(redis, clusterId, 0, time, (cause) => holder.cluster?.replaced(cause));
    const was = await openWas({ ...options, tracer });
    const cluster = new TestCluster(redis, was, clusterId, time, spans);
    holder.cluster = cluster;
    t.after(() => cluster.close());
    if (yaml !== '') await cluster.apply(yaml);
    return cluster;
  }

  replaced(cause: string): void {
    this.replacedBy = cause;
  }

  get address(): string {
    return `127.0.0.1:${this.was.ports.grpc}`;
  }

  /** Ends WAS and starts another one on the same port and Redis. */
  async restartWas(): Promise<void> {
    const { grpc } = this.was.ports;
    await this.was.close();
    await this.openSecond(grpc);
  }

  /** Another WAS takes over; the first has not noticed. */
  async openSecond(grpcPort = 0): Promise<void> {
    const tracer = createTracer({ write: (span) => this.spans.push(span) });
    this.was = await openWas({ ...optionsOf(this.redis, this.clusterId, grpcPort, this.time, (cause) => this.replaced(cause)), tracer });
    this.#all.push(this.was);
  }

  async adapter(id: string, protocol = 'http'): Promise<ScriptedAdapter> {
    const adapter = this.newAdapter(id, SECRET, protocol);
    return adapter.register();
  }

  newAdapter(id: string, secret = SECRET, protocol = 'http'): ScriptedAdapter {
    const adapter = new ScriptedAdapter(this.address, secret, id, protocol);
    this.adapters.push(adapter);
    return adapter;
  }

  async host(id = 'h1', more: Partial<ScriptedHostOptions> = {}): Promise<ScriptedHost> {
    const host = new ScriptedHost({
      address: this.address,
      secret: SECRET,
      redisUrl: this.redis.url,
      clusterId: this.clusterId,
      id,
      ...more,
    });
    this.hosts.push(host);
    return host.open();
  }

  /** A call of the admin API; the parsed body. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.was.ports.admin}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T & { code?: string; message?: string };
    if (!response.ok) throw new Error(`${answer.code}: ${answer.message}`);
    return answer;
  }

  apply(yaml: string, dryRun = false): Promise<{ changes: { path: string; effect: string }[]; applied: boolean }> {
    return this.call('POST', 'config', { yaml, file: 'baton.yaml', dryRun });
  }

  /** Lets time pass in steps in which every attached host is heard. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      this.time.advance(Math.min(left, 1_000));
      await Promise.all(this.hosts.filter(({ isAttached }) => isAttached).map((host) => host.beat()));
    }
  }

  /** The same until the leader's clock says so, however long the steps take. */
  async passTo(atMs: number): Promise<void> {
    for (let leftMs = atMs - this.time.now(); leftMs > 0; leftMs = atMs - this.time.now()) await this.pass(Math.min(leftMs, 1_000));
  }

  /** When the worker became ready by the leader's clock. */
  readyAt(workerId: string): number {
    return this.was.engine.cluster.workers.get(workerId)?.readyAtMs ?? Number.NaN;
  }

  /** The adapter's stream for the protocol is up. */
  isAttached(adapterId: string, protocol = 'http'): boolean {
    return this.was.engine.cluster.registrations.get(registrationKey(adapterId, protocol))?.isAttached ?? false;
  }

  /** Waits until the worker of that id is in that state; all states of the moment otherwise. */
  async state(workerId: string, state: string, limitMs = 10_000): Promise<void> {
    await until(() => this.was.engine.cluster.workers.get(workerId)?.record.state === state, limitMs, `${workerId} ${state}`);
  }

  async gone(workerId: string, limitMs = 10_000): Promise<void> {
    await until(() => !this.was.engine.cluster.workers.has(workerId), limitMs, `the end of ${workerId}`);
  }

  async close(): Promise<void> {
    for (const adapter of this.adapters) adapter.close();
    await Promise.all(this.hosts.map((host) => host.close()));
    await Promise.all(this.#all.map((was) => was.close()));
    await this.redis.close();
  }
}

function optionsOf(redis: TestRedis, clusterId: string, grpcPort: number, time: TestTime, onReplaced: (cause: string) => void): WasOptions {
  return {
    id: 'was',
    clusterId,
    redis: redis.url,
    advertise: '127.0.0.1',
    listenHost: '127.0.0.1',
    grpcPort,
    adminPort: 0,
    adminHost: '127.0.0.1',
    probePort: 0,
    tokenLifeMs: 600_000,
    keyLifeMs: 43_200_000,
    secret: SECRET,
    token: TOKEN,
    log: createLogger('was', { level: process.env.BATON_LOG_LEVEL ?? 'silent' }),
    onReplaced,
    time,
    random: () => 0.5,
  };
}

/** A cluster with one host, one adapter and one worker that is ready and has nothing to do. */
export async function openReady(t: TestContext, yaml = yamlOf()) {
  const cluster = await TestCluster.open(t, yaml);
  const host = await cluster.host();
  const adapter = await cluster.adapter('a');
  await adapter.open('shop');
  const { workerId, generation } = await host.nthStart(1);
  await cluster.state(workerId, 'ready');
  adapter.eligible.set('shop/1', { workerId, generation });
  adapter.load('shop', 0, 0);
  await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 0, 10_000, 'the load report');
  return { cluster, host, adapter, workerId };
}
