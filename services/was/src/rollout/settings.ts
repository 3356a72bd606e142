import { createHash } from 'node:crypto';
import { processSettings } from '@baton/config';
import type { StoredWorker } from '@baton/store';
import type { Cluster } from '../cluster/cluster.ts';
import type { Pool } from '../cluster/pool.ts';

type Configured = Pick<Pool, 'config' | 'apps'>;

const known = new WeakMap<Pool['config'], { readonly apps: Pool['apps']; readonly settings: string }>();

/**
 * What a worker of the pool is started with, as a short text: equal settings have equal texts, also at another leader.
 *
 * - Kept in the record of each worker: one whose text is not the pool's has settings that do not hold any more. A worker without a text
 *   (adopted after a loss of data) counts as having those that hold: nothing is restarted for want of knowledge.
 */
export function settingsOf({ config, apps }: Configured): string {
  const found = known.get(config);
  if (found?.apps === apps) return found.settings;
  const settings = createHash('sha256')
    .update(JSON.stringify(processSettings(config, apps)))
    .digest('hex')
    .slice(0, 16);
  known.set(config, { apps, settings });
  return settings;
}

/** What the record of a worker keeps of them, when its start is decided. What the process gets may be newer, never older. */
export function settingsIn({ pools }: Pick<Cluster, 'pools'>, poolName: string): Pick<StoredWorker, 'settings'> {
  const pool = pools.get(poolName);
  return pool ? { settings: settingsOf(pool) } : {};
}
