import type { AppConfig, Config, PoolConfig } from '@baton/config';
import type { Io } from '../../io.ts';
import { formatTable } from '../../output/table.ts';

export interface Url {
  readonly what: string;
  readonly url: string;
  readonly note: string;
}

/** Where everything is reached: one line per binding, then the admin API. */
export function listUrls(config: Config, adminUrl: string, dataDir: string): Url[] {
  const pools = new Map(config.pools.map((pool) => [pool.name, pool]));
  const apps = config.apps.flatMap(({ name, pool, bindings }) =>
    bindings.map(
      (binding): Url => ({ what: name, url: urlOf(binding), note: `pool ${pool}, ${startOf(pools.get(pool), binding.protocol)}` }),
    ),
  );
  return [...apps, { what: 'admin', url: `${adminUrl}/`, note: `token in ${dataDir}/cluster.json` }];
}

/** A binding as a client on this machine can use it; one that is no address stays as it was written. */
function urlOf({ text, protocol, isSecure, host, port, path }: AppConfig['bindings'][number]): string {
  if (protocol === 'http') return `http${isSecure ? 's' : ''}://${urlHost(host)}:${port}${path}`;
  return protocol === 'tcp' ? `${isSecure ? 'tls' : 'tcp'}://${urlHost(host)}:${port}` : text;
}

/** What wakes an idle pool, by protocol; another adapter's protocol has words of its own. */
const FIRST: Readonly<Record<string, string>> = { http: 'request', tcp: 'connection', queue: 'job' };

/** When the workers of a pool start, as seen from a binding. */
function startOf(pool: PoolConfig | undefined, protocol: string): string {
  if (pool?.autoStart === false) return 'stopped (autoStart is false)';
  return pool?.startMode === 'alwaysRunning' ? 'always running' : `starts with the first ${FIRST[protocol] ?? 'message'}`;
}

/** A host as a browser on this machine can use it. */
export function urlHost(host: string): string {
  if (host === '*' || host === '') return 'localhost';
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

export function formatUrls(io: Pick<Io, 'hasColours'>, urls: readonly Url[]): string {
  return formatTable(
    io,
    urls,
    [
      { title: 'APP', text: ({ what }) => what },
      { title: 'URL', text: ({ url }) => url, colour: () => 'bold' },
      { title: '', text: ({ note }) => note },
    ],
    '',
  );
}
