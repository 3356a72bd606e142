import { join } from 'node:path';
import type { Io } from '../io.ts';
import { formatCount } from '../output/units.ts';
import { VERSION } from '../version.ts';
import { loadIdentity, makeSecret } from './data-dir/identity.ts';
import { awaitLeftovers, findLeftovers } from './data-dir/leftovers.ts';
import { lockDataDir } from './data-dir/lock.ts';
import { LocalCluster } from './local-cluster.ts';
import type { UpOptions } from './options.ts';
import { shortenLine } from './output/short-line.ts';
import { formatUrls, listUrls } from './output/summary.ts';
import { createTerminal, type Terminal } from './output/terminal.ts';
import { checkPorts, makePlan, type Plan } from './plan/plan.ts';
import { checkRedis, hidePassword } from './redis/check-redis.ts';
import { findRedisServer } from './redis/find-server.ts';
import { openLifeline } from './redis/lifeline.ts';
import { describePrivateRedis } from './redis/private-redis.ts';
import { chooseSocketPath } from './redis/socket-path.ts';
import { LogFile } from './supervise/log-file.ts';
import type { ProcessSpec } from './supervise/spec.ts';

/** How the operator ends `baton up`: first in order, then at once. */
export interface StopSignals {
  /** Aborts with the first Ctrl-C; its reason is the signal's name. */
  readonly orderly: AbortSignal;
  /** Aborts with the second. */
  readonly immediate: AbortSignal;
}

/**
 * Runs a cluster on this machine until it is told to stop.
 *
 * - Checks everything before it starts anything; what fails later ends what was started, and rejects.
 * - Resolves true after an orderly stop, false after an immediate one.
 */
export async function runUp(options: UpOptions, io: Io, signals: StopSignals): Promise<boolean> {
  const terminal = createTerminal(io, options.json);
  const plan = await makePlan(options, io);
  const scope = new Scope();
  try {
    scope.onEnd(lockDataDir(options.dataDir).release);
    const leftovers = findLeftovers(options.dataDir);
    if (leftovers.length > 0) {
      terminal.tell('waiting', `waiting for ${leftovers.map(({ name }) => name).join(', ')} of an earlier run to end`);
      await awaitLeftovers(leftovers, signals.orderly);
    }
    const checked = await checkPorts(plan);
    await runCluster(options, checked, io, terminal, signals, scope);
  } catch (error) {
    // What was under way when the operator stopped it has failed because of that.
    if (!signals.orderly.aborted) throw error;
  } finally {
    await scope.end();
  }
  return !signals.immediate.aborted;
}

async function runCluster(options: UpOptions, plan: Plan, io: Io, terminal: Terminal, signals: StopSignals, scope: Scope): Promise<void> {
  const identity = loadIdentity(options.dataDir);
  const redis = await findRedis(options, identity.clusterId, io, signals.orderly, scope);
  const logs = new Map<string, LogFile>();
  scope.onEnd(async () => {
    await Promise.all([...logs.values()].map((log) => log.close()));
  });
  const logOf = (key: string): LogFile => {
    const log = logs.get(key) ?? new LogFile(join(options.dataDir, 'logs', `${key}.log`));
    logs.set(key, log);
    return log;
  };
  const lifeline = openLifeline(options.dataDir);
  scope.onEnd(lifeline.close);
  const cluster = new LocalCluster({
    context: {
      options,
      plan,
      ...identity,
      secret: makeSecret(),
      redisUrl: redis.url,
      lifelineFd: lifeline.fd,
      env: io.env,
      programs: io.programs,
    },
    redis: redis.describe?.(lifeline.path),
    terminal,
    onLine: (key, stream, text, isServing) => {
      logOf(key).write(text);
      const short = key === 'redis' ? undefined : shortenLine(key, stream, text);
      if (short && (short.kind === 'app' || isServing)) terminal.line(short);
    },
  });
  signals.immediate.addEventListener('abort', () => cluster.kill());
  const parts = `${formatCount(options.adapters, 'adapter')}, ${formatCount(options.hosts, 'host')}, ${redis.name}`;
  terminal.tell('starting', `baton ${VERSION}, cluster ${identity.clusterId}: ${parts}; data in ${options.dataDir}`);
  try {
    await cluster.start(signals.orderly);
    announce(options, plan, io, terminal, cluster);
    await aborted(signals.orderly);
  } finally {
    if (signals.orderly.aborted) terminal.tell('stopping', `stopping (${String(signals.orderly.reason)}); again to stop at once`);
    await cluster.stop();
  }
}

function announce(options: UpOptions, plan: Plan, io: Io, terminal: Terminal, cluster: LocalCluster): void {
  const urls = listUrls(plan.config, cluster.client.url, options.dataDir);
  if (!options.json) io.out(`\n${formatUrls(io, urls)}logs in ${join(options.dataDir, 'logs')}\n`);
  terminal.tell('ready', 'ready', { urls, dataDir: options.dataDir, adminUrl: cluster.client.url });
}

interface FoundRedis {
  readonly url: string;
  readonly name: string;
  describe?(lifelinePath: string): ProcessSpec;
}

/** The Redis of the cluster, checked: the one that was named, else a server to be started. */
async function findRedis(options: UpOptions, clusterId: string, io: Io, signal: AbortSignal, scope: Scope): Promise<FoundRedis> {
  if (options.redis !== undefined) {
    const { name } = await checkRedis(options.redis, `baton:{${clusterId}}:probe`, signal);
    return { url: options.redis, name: `${name} at ${hidePassword(options.redis)}` };
  }
  const server = findRedisServer(io.env.PATH ?? '');
  const socket = chooseSocketPath(options.dataDir);
  scope.onEnd(socket.remove);
  return {
    url: `unix:${socket.path}`,
    name: server.name,
    describe: (lifelinePath) =>
      describePrivateRedis({ server: server.path, dataDir: options.dataDir, socketPath: socket.path, lifelinePath, env: io.env }),
  };
}

/** What must be undone at the end, in the opposite order. */
class Scope {
  readonly #undo: (() => void | Promise<void>)[] = [];

  onEnd(undo: () => void | Promise<void>): void {
    this.#undo.push(undo);
  }

  async end(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
