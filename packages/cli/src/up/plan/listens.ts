import { isIP } from 'node:net';
import type { Config } from '@baton/config';
import { BatonError } from '@baton/core';
import type { Listen } from './ports.ts';

/**
 * Every TCP address that the apps of a configuration listen on, each once: a port with a host name or `*` is opened on all addresses. Listener
 * adapters of other protocols open what they like.
 */
export function listAppListens(config: Config): Listen[] {
  const listens = new Map<string, Listen>();
  const bindings = config.apps.flatMap((app) =>
    app.bindings.filter(({ protocol }) => protocol === 'http' || protocol === 'tcp').map((binding) => ({ app: app.name, ...binding })),
  );
  const wide = new Set(bindings.filter(({ host }) => isIP(host) === 0).map(({ port }) => port));
  for (const { app, host, port } of bindings) {
    const address = wide.has(port) ? '' : host;
    const key = `${address}|${port}`;
    if (!listens.has(key)) listens.set(key, { host: address, port, purpose: `app ${app}` });
  }
  return [...listens.values()];
}

/** PORT_TAKEN when an app is bound to the port of the admin API. */
export function refuseAdminPortConflict(admin: Listen, apps: readonly Listen[]): void {
  const other = apps.find(({ port }) => port === admin.port && admin.port !== 0);
  if (!other) return;
  throw new BatonError('PORT_TAKEN', `port ${admin.port} is wanted by ${other.purpose} and by the admin API`, {
    hint: 'Give one of them another port (--admin-port 0 takes a free one)',
  });
}
