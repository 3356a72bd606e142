import { AdminClient } from '@baton/admin';
import { type ClusterFile, removeClusterFile, writeClusterFile } from '../cluster/cluster-file.ts';
import { VERSION } from '../version.ts';
import { urlHost } from './output/summary.ts';
import type { Terminal } from './output/terminal.ts';
import { accessLogOf, describeAdapter, describeHost, describeWas, type ServiceContext } from './services.ts';
import { awaitAttached, awaitListening } from './serving.ts';
import { boundFile } from './supervise/bound-file.ts';
import { descendantsOf, startTimeOf } from './supervise/process-id.ts';
import type { ProcessSpec } from './supervise/spec.ts';
import { SupervisedProcess, type SupervisionEvents } from './supervise/supervised-process.ts';

export interface LocalClusterParts {
  readonly context: ServiceContext;
  /** The private Redis, when there is one. */
  readonly redis: ProcessSpec | undefined;
  readonly terminal: Terminal;
  /** `isServing`: said while the cluster serves, not by a process that is starting, nor while the cluster starts or stops. */
  onLine(key: string, stream: 'stdout' | 'stderr', text: string, isServing: boolean): void;
}

/** Beyond the pools' own limit: what adapters, hosts and WAS need to end. */
const STOP_MARGIN_MS = 10_000;
const WAS_STOP_MS = 10_000;

/** The processes of a cluster on this machine: Redis, WAS, adapters and hosts, started in this order and stopped in the opposite one. */
export class LocalCluster {
  readonly #parts: LocalClusterParts;
  readonly #processes: SupervisedProcess[] = [];
  readonly #startedAt = new Date().toISOString();
  readonly #ended = new AbortController();
  #isServing = false;
  readonly client: AdminClient;

  constructor(parts: LocalClusterParts) {
    this.#parts = parts;
    const { plan, token } = parts.context;
    this.client = new AdminClient({ url: `http://${urlHost(plan.admin.host)}:${plan.admin.port}`, token });
  }

  /** Starts everything and resolves when every binding takes requests. On a failure, `stop` ends what was started. */
  async start(signal: AbortSignal): Promise<void> {
    const { context, redis } = this.#parts;
    const { options, plan } = context;
    if (redis) await this.#start(redis, signal);
    const was = await this.#start(describeWas(context), signal);
    const address = `127.0.0.1:${was.ports.grpc}`;
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
    await Promise.all([
      ...numbers(options.adapters).map((number) => this.#start(describeAdapter(context, number, address), signal)),
      ...numbers(options.hosts).map((number) => this.#start(describeHost(context, number, address), signal)),
    ]);
    await awaitAttached(this.client, options.adapters, options.hosts, signal);
    await this.client.applyConfig({ yaml: plan.yaml, file: plan.file }, { signal });
    await awaitListening(plan.listens, signal);
    this.#isServing = true;
    if (options.accessLog !== undefined) return;
    for (const number of numbers(options.adapters)) void boundFile(accessLogOf(options.dataDir, number), { signal: this.#ended.signal });
  }

  /** Adapters first, so that what was admitted is answered; then hosts with their workers, WAS, Redis. */
  async stop(): Promise<void> {
    this.#ended.abort();
    const limitMs = this.#parts.context.plan.shutdownLimitMs + STOP_MARGIN_MS;
    await this.#stopAll(/^adapter-/, limitMs);
    await this.#stopAll(/^host-/, limitMs);
    await this.#stopAll(/^was$/, WAS_STOP_MS);
    await this.#stopAll(/^redis$/, WAS_STOP_MS);
    removeClusterFile(this.#parts.context.options.dataDir);
  }

  /** SIGKILL to everything, worker processes first found by their parents. */
  kill(): void {
    this.#ended.abort();
    const workers = this.#processes.flatMap(({ key, running }) => (key.startsWith('host-') && running ? descendantsOf(running.pid) : []));
    for (const process of this.#processes) process.kill();
    for (const pid of workers) {
      // A worker leads a group of its own; a pid that is not a leader names no group.
      for (const target of [-pid, pid]) {
        try {
          process.kill(target, 'SIGKILL');
        } catch {
          // ended already
        }
      }
    }
    removeClusterFile(this.#parts.context.options.dataDir);
  }

  async #start(spec: ProcessSpec, signal: AbortSignal): Promise<SupervisedProcess> {
    signal.throwIfAborted();
    const supervised = new SupervisedProcess(spec, this.#events());
    this.#processes.push(supervised);
    await supervised.start(signal);
    return supervised;
  }

  async #stopAll(keys: RegExp, limitMs: number): Promise<void> {
    await Promise.all(this.#processes.filter(({ key }) => keys.test(key)).map((process) => process.stop(limitMs)));
  }

  #events(): SupervisionEvents {
    const { terminal, onLine } = this.#parts;
    return {
      onLine: (key, stream, text) => {
        const isRunning = this.#processes.some((one) => one.key === key && one.running);
        onLine(key, stream, text, isRunning && this.#isServing && !this.#ended.signal.aborted);
      },
      onDown: (key, reason, retryInMs) =>
        terminal.tell('down', `${key} ended (${reason}); it is restarted in ${(retryInMs / 1000).toFixed(1)} s`, {
          process: key,
          reason,
          retryInMs,
        }),
      onReady: (key, pid, isFirst) => {
        this.#writeFile();
        if (!isFirst) terminal.tell('restarted', `${key} is back (pid ${pid})`, { process: key, pid });
      },
    };
  }

  #writeFile(): void {
    const { context } = this.#parts;
    const { options, plan, clusterId, token, redisUrl } = context;
    const running = [
      { key: 'up', pid: process.pid, startTime: startTimeOf(process.pid) ?? '', ports: {} },
      ...this.#processes.flatMap(({ key, running: one, ports }) => (one ? [{ key, ...one, ports }] : [])),
    ];
    const ports = running.flatMap(({ key, ports: own }) =>
      Object.entries(own).map(([name, port]): [string, number] => [`${key}.${name}`, port]),
    );
    const content: ClusterFile = {
      version: VERSION,
      clusterId,
      pid: process.pid,
      startedAt: this.#startedAt,
      adminUrl: this.client.url,
      token,
      redis: redisUrl,
      appRoot: plan.appRoot,
      file: plan.file,
      ports: { admin: plan.admin.port, apps: plan.listens.map(({ port }) => port), ...Object.fromEntries(ports) },
      pids: Object.fromEntries(running.map(({ key, pid }) => [key, pid])),
      startTimes: Object.fromEntries(running.map(({ key, startTime }) => [key, startTime])),
    };
    writeClusterFile(options.dataDir, content);
  }
}
