import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What stays the same over restarts in one data directory. */
export interface ClusterIdentity {
  readonly clusterId: string;
  /** Bearer token of the admin API. */
  readonly token: string;
}

/** Reads the identity of the cluster of this data directory, or makes one (mode 0600). */
export function loadIdentity(dataDir: string): ClusterIdentity {
  const path = join(dataDir, 'identity.json');
  const known = readIdentity(path);
  if (known) return known;
  const identity = { clusterId: `c${randomBytes(4).toString('hex')}`, token: makeSecret() };
  writeFileSync(`${path}.new`, `${JSON.stringify(identity, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return identity;
}

/** 192 random bits, fit for URLs and headers. */
export function makeSecret(): string {
  return randomBytes(24).toString('base64url');
}

function readIdentity(path: string): ClusterIdentity | undefined {
  try {
    const { clusterId, token } = JSON.parse(readFileSync(path, 'utf8')) as Partial<ClusterIdentity>;
    return clusterId && token ? { clusterId, token } : undefined;
  } catch {
    return undefined;
  }
}
