import { isDeepStrictEqual } from 'node:util';
import type { Callback } from '../../links.ts';
import { applicationCreated, applicationDeleted, poolCreated, settingsChanged, stateChanged } from './messages.ts';
import type { View } from './view.ts';

/**
 * The callbacks that bring an adapter from what it was told to what it should know, in the documented order: applications that are gone first,
 * a pool before the applications that name it, changes in between. From nothing, it is the initial configuration.
 *
 * - PoolDeleted is none of them: it waits until no channel of the pool is tracked (forget-pools.ts).
 */
export function compareViews(told: View, wanted: View): Callback[] {
  const callbacks: Callback[] = [];
  for (const appKey of told.apps.keys()) if (!wanted.apps.has(appKey)) callbacks.push(applicationDeleted(appKey));
  for (const pool of wanted.pools.values()) {
    const was = told.pools.get(pool.poolId);
    if (!was || was.identity !== pool.identity) {
      callbacks.push(poolCreated(pool));
      continue;
    }
    if (!isDeepStrictEqual(was.settings, pool.settings)) callbacks.push(settingsChanged(pool));
    if (was.isEnabled !== pool.isEnabled) callbacks.push(stateChanged(pool));
  }
  for (const app of wanted.apps.values()) {
    if (!isDeepStrictEqual(told.apps.get(app.appKey), app)) callbacks.push(applicationCreated(app));
  }
  return callbacks;
}
