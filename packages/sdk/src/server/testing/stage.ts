import { GL_NOTIFICATION_CONTINUE } from '../../constants/global-notifications.ts';
import { ThreadPool } from '../../thread-pool/thread-pool.ts';
import { HostedServer } from '../hosted-server.ts';
import { NO_HOST } from '../no-host.ts';
import type { ServerHost } from '../server-host.ts';

/** A server whose host keeps what reaches it. */
export interface Stage {
  readonly server: HostedServer;
  readonly pool: ThreadPool;
  /** What reached the host, in order. */
  readonly said: unknown[];
}

/** A server of worker w3 of the pool shop; `parts` are the host's where a test needs its own. */
export function stage(parts: Partial<ServerHost> = {}): Stage {
  const said: unknown[] = [];
  const pool = new ThreadPool({ maxPoolThreads: 2 });
  const host: ServerHost = {
    ...NO_HOST,
    worker: { id: 'w3', pool: 'shop', slot: 'shop/1', generation: 4 },
    isCommandLine: false,
    recycleProcess: (reason) => said.push(['recycleProcess', reason]),
    recycleApplication: (path) => said.push(['recycleApplication', path]),
    reportUnhealthy: (reason, hresult) => said.push(['reportUnhealthy', reason, hresult]),
    log: (level, message) => said.push([level, message]),
    raiseGlobal: (notification, provider) => {
      const { getChangePath, getFileName } = provider as { getChangePath?(): string; getFileName?(): string };
      said.push([notification, getChangePath?.() ?? getFileName?.() ?? { ...provider }]);
      return GL_NOTIFICATION_CONTINUE;
    },
    ...parts,
  };
  return { server: new HostedServer(host, pool), pool, said };
}

/** For assert.throws: an error of this name. */
export const code = (name: string) => ({ code: name });
