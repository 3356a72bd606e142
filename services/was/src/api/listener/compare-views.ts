import { isDeepStrictEqual } from 'node:util';
import type { Told } from '../../cluster/registration.ts';
import type { Callback } from '../../links.ts';
import {
  applicationCreated,
  applicationDeleted,
  appPoolChanged,
  appSettingsChanged,
  bindingsChanged,
  identityChanged,
  listenerSettings,
  poolCreated,
  requestsBlockedChanged,
  settingsChanged,
  stateChanged,
} from './messages.ts';
import type { AppView, PoolView, View } from './view.ts';

/**
 * The callbacks that bring an adapter from what it was told to what it should know, in the documented order: settings of all listeners,
 * applications that are gone, a pool before the applications that name it, what changed of an application. From nothing, it is the initial
 * configuration.
 *
 * - Of what changed each part is told by its own callback, and nothing else is: an application that moves is not deleted and created.
 * - PoolDeleted is none of them: it waits until no channel of the pool is tracked (forget-pools.ts).
 * - `nextNumber`: for the callbacks that the adapter acknowledges.
 */
export function compareViews(told: Told, wanted: View, nextNumber: () => number): Callback[] {
  const callbacks: Callback[] = [];
  if (!isDeepStrictEqual(told.listener, wanted.listener)) callbacks.push(listenerSettings(wanted.listener));
  for (const appKey of told.apps.keys()) if (!wanted.apps.has(appKey)) callbacks.push(applicationDeleted(appKey));
  for (const pool of wanted.pools.values()) callbacks.push(...comparePools(told.pools.get(pool.poolId), pool, nextNumber));
  for (const app of wanted.apps.values()) callbacks.push(...compareApps(told.apps.get(app.appKey), app));
  return callbacks;
}

function comparePools(was: PoolView | undefined, is: PoolView, nextNumber: () => number): Callback[] {
  if (!was) return [poolCreated(is)];
  const callbacks: Callback[] = [];
  if (was.identity !== is.identity) callbacks.push(identityChanged(is, nextNumber()));
  if (!isDeepStrictEqual(was.settings, is.settings)) callbacks.push(settingsChanged(is));
  if (was.isEnabled !== is.isEnabled) callbacks.push(stateChanged(is));
  return callbacks;
}

function compareApps(was: AppView | undefined, is: AppView): Callback[] {
  if (!was) return [applicationCreated(is)];
  const callbacks: Callback[] = [];
  if (was.poolId !== is.poolId) callbacks.push(appPoolChanged(is));
  if (!isDeepStrictEqual(was.bindings, is.bindings)) callbacks.push(bindingsChanged(is));
  if (was.isBlocked !== is.isBlocked) callbacks.push(requestsBlockedChanged(is));
  if (!isDeepStrictEqual(was.settings, is.settings)) callbacks.push(appSettingsChanged(is));
  return callbacks;
}
