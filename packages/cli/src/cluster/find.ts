import { resolve } from 'node:path';
import { AdminClient } from '@baton/admin';
import { BatonError } from '@baton/core';
import type { Io } from '../io.ts';
import { readClusterFile } from './cluster-file.ts';

export const DEFAULT_DATA_DIR = '.baton';

export interface ClusterOptions {
  readonly wasUrl?: string;
  readonly token?: string;
  readonly dataDir?: string;
}

/** The data dir of a command: flag, BATON_DATA_DIR, `.baton` here. */
export function resolveDataDir(options: ClusterOptions, io: Io): string {
  return resolve(io.cwd, options.dataDir ?? io.env.BATON_DATA_DIR ?? DEFAULT_DATA_DIR);
}

export interface FoundCluster {
  readonly client: AdminClient;
  /** App root of its hosts, when it runs on this machine. */
  readonly appRoot: string | undefined;
}

/**
 * The cluster that a command means: `--was-url` or BATON_WAS_URL, else the one whose `cluster.json` is in the data dir.
 *
 * - The token is `--token` or BATON_TOKEN; the one of cluster.json goes to that cluster only.
 */
export function findCluster(options: ClusterOptions, io: Io): FoundCluster {
  const dataDir = resolveDataDir(options, io);
  const file = readClusterFile(dataDir);
  const url = (options.wasUrl ?? io.env.BATON_WAS_URL ?? file?.adminUrl)?.replace(/\/+$/, '');
  if (url === undefined) throw new BatonError('CLUSTER_UNREACHABLE', `no cluster.json in ${dataDir}`);
  if (!/^https?:\/\/[^/]/.test(url))
    throw new BatonError('USAGE', `--was-url expects an address such as http://127.0.0.1:8081, got "${url}"`);
  const local = file?.adminUrl === url ? file : undefined;
  return { client: new AdminClient({ url, token: options.token ?? io.env.BATON_TOKEN ?? local?.token }), appRoot: local?.appRoot };
}
