import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `baton up` writes to `cluster.json` in the data dir (mode 0600), so that other commands find the cluster. */
export interface ClusterFile {
  /** Release of Baton. */
  readonly version: string;
  readonly clusterId: string;
  /** Of `baton up`. */
  readonly pid: number;
  readonly startedAt: string;
  readonly adminUrl: string;
  /** Bearer token of the admin API. */
  readonly token: string;
  /** "unix:/…" or a redis:// URL. */
  readonly redis: string;
  readonly appRoot: string;
  /** baton.yaml, or the app's own file. */
  readonly file: string;
  /** By name: "admin", "was.grpc", "adapter-1.probe", and the ports of the apps in "apps". */
  readonly ports: Readonly<Record<string, number | readonly number[]>>;
  /** By name: "up", "redis", "was", "adapter-1", "host-1". */
  readonly pids: Readonly<Record<string, number>>;
  /** Start times of the same processes, as the system counts them: with the pid they name a process beyond doubt. */
  readonly startTimes: Readonly<Record<string, string>>;
}

const pathOf = (dataDir: string): string => join(dataDir, 'cluster.json');

/** Replaces the file in one step, so that no reader sees half of it. */
export function writeClusterFile(dataDir: string, content: ClusterFile): void {
  const path = pathOf(dataDir);
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function readClusterFile(dataDir: string): ClusterFile | undefined {
  try {
    return JSON.parse(readFileSync(pathOf(dataDir), 'utf8')) as ClusterFile;
  } catch {
    return undefined;
  }
}

export function removeClusterFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}
