import { ThreadPool } from '../thread-pool/thread-pool.ts';
import { HostedServer } from './hosted-server.ts';
import type { HttpServer } from './http-server.ts';
import { NO_HOST } from './no-host.ts';

/** IHttpServer of a process around which nothing of Baton is. */
export function makeOwnServer(): HttpServer {
  return new HostedServer(NO_HOST, new ThreadPool());
}
