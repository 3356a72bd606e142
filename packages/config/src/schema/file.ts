import { z } from 'zod';
import { app } from './app.ts';
import { describe } from './facts.ts';
import { flag, line, written } from './kinds.ts';
import { limits } from './limits.ts';
import { pool } from './pool.ts';
import { group, laterSetting, setting, withoutDefaults } from './setting.ts';

/** Where a server listens. */
export interface HostPort {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
}

const HOST_PORT = 'an address such as 127.0.0.1:8081';

const address = () =>
  written<HostPort>(
    (value) => {
      const match = typeof value === 'string' ? /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+|\*):(\d{1,5})$/.exec(value) : null;
      const port = Number(match?.[2]);
      if (!match || port > 65_535) return { refused: { expects: HOST_PORT } };
      return { ok: { host: match[1]!.replace(/^\[|\]$/g, '').replace('*', '0.0.0.0'), port } };
    },
    { expects: HOST_PORT, json: { type: 'string', pattern: '^.+:\\d{1,5}$' } },
  );

const later = (about: string) => laterSetting(describe(z.record(z.string(), z.unknown()), { expects: 'a mapping' }), {}, about);

/** Everything that baton.yaml may say. */
export const file = z.strictObject({
  apiVersion: describe(z.literal('baton/v1'), { expects: '"baton/v1"', values: ['baton/v1'], about: 'Version of this format.' }),
  listen: group('Ports of the cluster itself.', {
    admin: setting(address(), '127.0.0.1:8081', 'Admin API and console; port 0 = any free one. Read by "baton up".'),
  }),
  poolDefaults: describe(withoutDefaults(pool, ['name']).optional(), { about: 'Settings of every pool that does not name them itself.' }),
  pools: describe(z.array(pool).prefault([]), { expects: 'a list of pools', about: 'Application pools.' }),
  apps: describe(z.array(app).prefault([]), { expects: 'a list of apps', about: 'Applications.' }),
  limits: describe(limits.prefault({}), { about: 'Limits of every app; 0 = none.' }),
  trustProxy: setting(flag(), false, 'Whether x-forwarded-* headers of the client are believed.'),
  diagnosticHeaders: setting(flag(), false, 'Whether responses name the worker that answered, in x-baton-worker.'),
  tls: laterSetting(
    describe(
      z.array(z.strictObject({ host: line('a host name'), cert: line('the path of a certificate'), key: line('the path of a key') })),
      {
        expects: 'a list of certificates',
      },
    ),
    [],
    'Certificates of https bindings.',
  ),
  queues: later('Settings of queue bindings.'),
});
