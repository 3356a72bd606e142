import { findHost } from '../baton-host.ts';
import { ThreadPool } from '../thread-pool/thread-pool.ts';
import { HostedServer } from './hosted-server.ts';
import type { HttpServer } from './http-server.ts';
import { NO_HOST } from './no-host.ts';

let own: HttpServer | undefined;

/** The server of the worker process around, else one of this process's own, made when it is first asked for. */
export function currentServer(): HttpServer {
  const hosted = findHost()?.server;
  if (hosted) return hosted;
  own ??= new HostedServer(NO_HOST, new ThreadPool());
  return own;
}

/**
 * The worker process as code in it sees it (IHttpServer). Without Baton its effects are harmless: no recycle, no ping, no global module that hears;
 * the thread pool, files and the caches work.
 */
export const server: HttpServer = new Proxy({} as HttpServer, {
  get(_target, name) {
    const current = currentServer();
    const member: unknown = Reflect.get(current, name, current);
    return typeof member === 'function' ? member.bind(current) : member;
  },
  has: (_target, name) => name in currentServer(),
});
