import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ServicePrograms } from '../io.ts';
import type { UpOptions } from './options.ts';
import type { Plan } from './plan/plan.ts';
import { awaitReadyMessage, type ProcessSpec, type ReadyFacts } from './supervise/spec.ts';

/** Facts that the services of one run share. */
export interface ServiceContext {
  readonly options: UpOptions;
  readonly plan: Plan;
  readonly clusterId: string;
  /** Bearer token of the admin API; WAS alone gets it. */
  readonly token: string;
  /** By which services know each other; new for each run. */
  readonly secret: string;
  readonly redisUrl: string;
  readonly lifelineFd: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly programs: ServicePrograms;
}

/** Everything internal is on this machine. */
const LOOPBACK = '127.0.0.1';

export function describeWas(context: ServiceContext): ProcessSpec {
  const { plan, token, redisUrl, clusterId } = context;
  return describe(
    context,
    'was',
    context.programs.was,
    // Adapters and hosts know its gRPC port: it stays the same over restarts.
    (previous) => [
      ...['--cluster', clusterId, '--redis', redisUrl, '--advertise', LOOPBACK, '--grpc-port', String(previous?.ports.grpc ?? 0)],
      ...['--admin-host', plan.admin.host, '--admin-port', String(plan.admin.port)],
    ],
    { BATON_TOKEN: token },
  );
}

/** Each start of an adapter is a new adapter to WAS, so each has a new id. */
export function describeAdapter(context: ServiceContext, number: number, wasAddress: string): ProcessSpec {
  const { options, plan, redisUrl } = context;
  return describe(context, `adapter-${number}`, context.programs.adapter, () => [
    ...['--id', `a${number}-${randomBytes(2).toString('hex')}`, '--was', wasAddress, '--advertise', LOOPBACK],
    ...['--access-log', options.accessLog ?? accessLogOf(options.dataDir, number), '--drain-limit', String(plan.shutdownLimitMs)],
    ...['--redis', redisUrl],
    ...(options.adapters > 1 ? ['--reuse-port'] : []),
  ]);
}

/** Where an adapter writes its access log by itself: through this process it would cost a second time. */
export function accessLogOf(dataDir: string, number: number): string {
  return join(dataDir, 'logs', `access-${number}.log`);
}

/** A host keeps its id: a returning one ends what its former life left. */
export function describeHost(context: ServiceContext, number: number, wasAddress: string): ProcessSpec {
  const { options, plan, redisUrl, clusterId } = context;
  return describe(context, `host-${number}`, context.programs.host, () => [
    ...['--id', String(number), '--cluster', clusterId, '--was', wasAddress, '--redis', redisUrl, '--advertise', LOOPBACK],
    ...['--app-root', plan.appRoot, '--spares', String(options.spares), '--state-dir', join(options.dataDir, `host-${number}`)],
  ]);
}

function describe(
  { env, secret, lifelineFd, options }: ServiceContext,
  key: string,
  main: string,
  args: (previous: ReadyFacts | undefined) => readonly string[],
  more: NodeJS.ProcessEnv = {},
): ProcessSpec {
  const { BATON_TOKEN: _token, BATON_SECRET: _secret, ...inherited } = env;
  return {
    key,
    command: process.execPath,
    args: (previous) => [main, ...args(previous)],
    env: { ...inherited, BATON_SECRET: secret, BATON_DATA_DIR: options.dataDir, ...more },
    hasIpc: true,
    keepsOpen: lifelineFd,
    awaitReady: awaitReadyMessage,
  };
}
