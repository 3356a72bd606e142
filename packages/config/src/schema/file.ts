import { z } from 'zod';
import { app } from './app.ts';
import { describe } from './facts.ts';
import { choice, flag, line, written } from './kinds.ts';
import { limits } from './limits.ts';
import { pool } from './pool.ts';
import { queues } from './queues.ts';
import { group, setting, withoutDefaults } from './setting.ts';

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

const CERT_HOST = 'a host name, *.example.com, or *';

/** One certificate; its files are read by the adapters, and again when they change. */
const certificate = z.strictObject({
  host: describe(
    z
      .string()
      .regex(/^(\*|(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)$/)
      .max(253),
    {
      expects: CERT_HOST,
      about: 'Name that a client asks for (SNI): a name, *.example.com for one label before it, or * for everything else.',
    },
  ),
  cert: describe(line('the path of a PEM file'), { about: 'Certificate chain, PEM.' }),
  key: describe(line('the path of a PEM file'), { about: 'Its private key, PEM.' }),
});

/** A listener adapter that is not ours. */
const listenerAdapter = z.strictObject({
  name: describe(z.string().regex(/^[a-z][a-z0-9.+-]{0,31}$/), {
    expects: 'the name of a protocol: small letters, digits, ".", "+", "-"',
    about: 'Protocol that it registers; bindings of this scheme are its own to read.',
  }),
});

/** Everything that baton.yaml may say. */
export const file = z.strictObject({
  apiVersion: describe(z.literal('baton/v1'), { expects: '"baton/v1"', values: ['baton/v1'], about: 'Version of this format.' }),
  listen: group('Ports of the cluster itself.', {
    admin: setting(address(), '127.0.0.1:8081', 'Admin API and console; port 0 = any free one. Read by "baton up".'),
    onWasLost: setting(
      choice('serve', 'stopListening'),
      'serve',
      'What adapters do while WAS is away: serve on with what they have, or, as in IIS, stop listening and forget it.',
    ),
  }),
  poolDefaults: describe(withoutDefaults(pool, ['name']).optional(), { about: 'Settings of every pool that does not name them itself.' }),
  pools: describe(z.array(pool).prefault([]), { expects: 'a list of pools', about: 'Application pools.' }),
  apps: describe(z.array(app).prefault([]), { expects: 'a list of apps', about: 'Applications.' }),
  limits: describe(limits.prefault({}), { about: 'Limits of every app; 0 = none.' }),
  trustProxy: setting(flag(), false, 'Whether x-forwarded-* headers of the client are believed.'),
  diagnosticHeaders: setting(flag(), false, 'Whether responses name the worker that answered, in x-baton-worker.'),
  tls: describe(z.array(certificate).max(1000).prefault([]), {
    expects: 'a list of certificates',
    about: 'Certificates of https and tls bindings, on the machines of the adapters.',
  }),
  queues: setting(
    queues(),
    {},
    'Settings of queue bindings, by the name of the queue; each has concurrency, rate, maxStalls, redis and prefix.',
  ),
  listenerAdapters: describe(z.array(listenerAdapter).max(20).prefault([]), {
    expects: 'a list of listener adapters',
    about: 'Listener adapters of other protocols that may register.',
  }),
});
