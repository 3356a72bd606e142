import { createRequire } from 'node:module';
import { findHost } from '../baton-host.ts';
import type { HttpServer } from './http-server.ts';

let own: HttpServer | undefined;

/** Loaded when it is asked for: in a worker process nobody does, and each start of an app would pay for it (25 ms of CPU, measured with 24.21). */
function loadOwn(): typeof import('./own-server.ts') {
  return createRequire(import.meta.url)('./own-server.js');
}

/** The server of the worker process around, else one of this process's own, made when it is first asked for. */
function currentServer(): HttpServer {
  const hosted = findHost()?.server;
  if (hosted) return hosted;
  own ??= loadOwn().makeOwnServer();
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
