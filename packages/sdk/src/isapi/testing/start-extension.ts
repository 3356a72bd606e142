import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { HostError } from '../../errors/host-error.ts';
import { NO_HOST } from '../../server/no-host.ts';
import { ThreadPool } from '../../thread-pool/thread-pool.ts';
import type { Extension } from '../extension.ts';
import { ExtensionHost } from '../extension-host.ts';
import type { ExtensionServices } from '../extension-services.ts';

/** A line that an extension's host has logged. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** An extension behind a real HTTP server. */
export interface RunningExtension extends AsyncDisposable {
  readonly url: string;
  readonly host: ExtensionHost;
  readonly pool: ThreadPool;
  readonly lines: LogLine[];
  readonly unhealthy: string[];
  /** Of the pool; what is changed holds from then on. */
  readonly settings: { shutdownTimeLimitMs: number };
  /** A connection that has sent `text`. */
  dial(text: string): Socket;
  /** All that comes back for `text`, until the server closes. */
  exchange(text: string): Promise<string>;
  /** Waits for a line of the log. */
  line(part: string): Promise<LogLine>;
}

/** Serves an extension on a port of its own; `services` take the place of the host's. */
export async function startExtension(extension: Extension, services: Partial<ExtensionServices> = {}): Promise<RunningExtension> {
  const lines: LogLine[] = [];
  const unhealthy: string[] = [];
  const waiting = new Set<() => void>();
  const pool = new ThreadPool();
  const settings = {
    ...NO_HOST.settings,
    applicationPool: 'test pool',
    workerId: 'w1',
    slot: 'test pool/1',
    generation: 1,
    shutdownTimeLimitMs: 90_000,
  };
  const host = new ExtensionHost(extension, {
    pool,
    log: (level, message, fields = {}) => {
      lines.push({ level, message, fields });
      for (const look of waiting) look();
    },
    mapPath: () => {
      throw new HostError('ERROR_PATH_NOT_FOUND', 'the test has no folder');
    },
    server: {
      getAppPoolName: () => 'test pool',
      getTraceContext: () => undefined,
      getWorkerProcessSettings: () => settings,
      reportUnhealthy: (reason) => void unhealthy.push(reason),
    },
    ...services,
  });
  await host.load();
  const server = createServer(host.handle);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const dial = (text: string): Socket => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(text, 'latin1');
    return socket;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    host,
    pool,
    lines,
    unhealthy,
    settings,
    dial,
    exchange: async (text) => {
      const socket = dial(text);
      let answer = '';
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1');
      });
      await once(socket, 'close');
      return answer;
    },
    line: (part) =>
      new Promise((resolve) => {
        const look = (): void => {
          const line = lines.find(({ message }) => message.includes(part));
          if (!line) return;
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
