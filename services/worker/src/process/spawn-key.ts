import type { Environment } from './environment.ts';

/** What is fixed when a process is created, and so decides whether a spare may become the worker. */
export interface SpawnKey {
  readonly execArgv: readonly string[];
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Variables that Node, libuv or the C library read at start only. */
  readonly environment: Environment;
}

/** The key of the spares a host keeps: nothing out of the ordinary. */
export const PLAIN_KEY: SpawnKey = { execArgv: [], uid: undefined, gid: undefined, environment: {} };

/** Read by Node, V8, ICU, OpenSSL, libuv or libc while a process starts; set later they have no effect. */
const SPAWN_TIME = new Set([
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_ICU_DATA',
  'NODE_NO_WARNINGS',
  'NODE_PATH',
  'NODE_PENDING_DEPRECATION',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_REDIRECT_WARNINGS',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'NODE_V8_COVERAGE',
  'NODE_COMPILE_CACHE',
  'NODE_DISABLE_COMPILE_CACHE',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'OPENSSL_CONF',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'UV_THREADPOOL_SIZE',
  'UV_USE_IO_URING',
  'TZ',
  'LANG',
  'LANGUAGE',
]);
const SPAWN_TIME_PREFIX = /^(LC_|LD_|DYLD_|MALLOC_)/;

/** The key a worker with these variables needs; a value the host's own environment has already asks for nothing. */
export function spawnKey(pool: Environment, inherited: Environment): SpawnKey {
  const early = Object.entries(pool).filter(
    ([name, value]) => (SPAWN_TIME.has(name) || SPAWN_TIME_PREFIX.test(name)) && inherited[name] !== value,
  );
  return { ...PLAIN_KEY, environment: Object.fromEntries(early) };
}

/** One string per key, for comparison. */
export function keyText(key: SpawnKey): string {
  const environment = Object.entries(key.environment).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([key.execArgv, key.uid ?? null, key.gid ?? null, environment]);
}
