import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdminClient, Recycle } from '@baton/admin';
import { until } from '@baton/core';
import { check, type History } from '../checker/index.ts';
import { type Cluster, fixture, startCluster } from './cluster.ts';
import { gatherHistory } from './history.ts';
import { type Parts, type PartsOptions, startParts } from './parts.ts';
import { processesOf } from './processes.ts';

export interface PairOptions {
  /** Settings of the pool, in YAML's one-line form. */
  readonly pool?: string;
  /** Of test/apps. @default "load-app.js" */
  readonly entry?: string;
  /** More of the app, in YAML's one-line form. */
  readonly app?: string;
  readonly top?: string;
}

/** A cluster of two hosts and two adapters with one pool, "app". */
export interface Pair {
  readonly admin: AdminClient;
  readonly url: string;
  readonly dir: string;
  /** Sends requests until each adapter had one; resolves when the worker that they start is connected to every adapter. */
  activate(): Promise<void>;
  /** Tells test/apps/faulty-app.js how generations misbehave that start from now on; '' = not at all. */
  setFault(fault: string): void;
  /** Begins a recycle of the pool; returns its id. */
  begin(): Promise<string>;
  /** The receipt of a recycle, when it has ended. */
  ended(id: string): Promise<Recycle>;
  /** Both at once. */
  recycle(): Promise<Recycle>;
  /** Stops the cluster, holds what the run left behind against the checker, and makes sure that no process is left. Call it once. */
  finish(): Promise<History>;
}

const WAIT_MS = 25_000;
const ACTIVATION_LIMIT_MS = 10_000;
const ENDED_LIMIT_MS = 60_000;

/** With `baton up`. */
export async function startPair(options: PairOptions = {}): Promise<Pair & { readonly cluster: Cluster } & AsyncDisposable> {
  const cluster = await startCluster({
    config: (port) => configOf(options, port, fixture(options.entry ?? 'load-app.js')),
    args: ['--hosts', '2', '--adapters', '2'],
  });
  const { admin, url, dir } = cluster;
  const accessLogs = [1, 2].map((number) => join(dir, 'data/logs', `access-${number}.log`));
  const stop = async () => assert.equal(await cluster.stop(), 0, cluster.output());
  const pair = pairOf({ admin, url, dir }, accessLogs, stop);
  return { ...pair, cluster, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
}

/** Part by part: what a test kills stays dead until the test starts it again. */
export async function startPairOfParts(
  options: PairOptions & Omit<PartsOptions, 'config'> = {},
): Promise<Pair & { readonly parts: Parts } & AsyncDisposable> {
  const { pool, entry = 'load-app.js', app, top, ...rest } = options;
  const settings = { ...(pool && { pool }), ...(app && { app }), ...(top && { top }) };
  const parts = await startParts({ adapters: 2, hosts: 2, ...rest, config: (port) => configOf(settings, port, `./${entry}`) });
  const { admin, url, dir } = parts;
  const accessLogs = Array.from({ length: options.adapters ?? 2 }, (_, index) => parts.accessLogOf(index + 1));
  return { ...pairOf({ admin, url, dir }, accessLogs, parts.stop), parts, [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose]() };
}

function configOf({ pool = '', app = '', top = '' }: PairOptions, port: number, entry: string): string {
  return `apiVersion: baton/v1
pools:
  - name: app
    ${pool}
apps:
  - name: app
    pool: app
    entry: ${entry}
    bindings: ["http://*:${port}/"]
    ${app}
${top}
`;
}

function pairOf(
  place: { admin: AdminClient; url: string; dir: string },
  accessLogs: readonly string[],
  stop: () => Promise<unknown>,
): Pair {
  const { admin, dir } = place;
  const begin = async () => {
    const { recycleIds } = await admin.recyclePool('app', { reason: 'a test' });
    assert.equal(recycleIds.length, 1);
    return recycleIds[0]!;
  };
  const ended = (id: string) =>
    until(
      async () => {
        const receipt = await admin.recycle(id, { waitMs: WAIT_MS });
        return receipt.outcome === 'running' ? undefined : receipt;
      },
      ENDED_LIMIT_MS,
      `the end of recycle ${id}`,
    );
  return {
    ...place,
    async activate() {
      const isReached = async () => {
        // a connection of its own, so that one of the next falls to each adapter
        await fetch(place.url, { headers: { connection: 'close' } });
        const channels = await admin.channels();
        return channels.length === accessLogs.length && channels.every(({ connectedWorkers }) => connectedWorkers.length > 0);
      };
      await until(isReached, ACTIVATION_LIMIT_MS, 'a worker on every channel', 30);
    },
    setFault: (fault) => writeFileSync(join(dir, 'fault'), fault),
    begin,
    ended,
    recycle: async () => ended(await begin()),
    async finish() {
      const history = await gatherHistory({ admin, dir, accessLogs }, stop);
      assert.deepEqual(check(history), []);
      assertToldMuch(history);
      assert.deepEqual(processesOf(dir), [], 'processes are left');
      return history;
    },
  };
}

/** A checker that is silent about an empty history says nothing. */
function assertToldMuch({ events, adapters, receipts }: History): void {
  assert.ok(receipts.length > 0, 'no receipts');
  assert.ok(
    events.some(({ type, recycle }) => type === 'recycle.begun' && recycle !== ''),
    'no recycle was told of',
  );
  assert.ok(
    adapters.some(({ lines }) => lines.some(({ kind, n, slot }) => kind === 'request' && n > 0 && slot !== '')),
    'no request was logged',
  );
  assert.ok(
    adapters.some(({ lines }) => lines.some(({ kind }) => kind === 'handover')),
    'no hand-over was logged',
  );
}
