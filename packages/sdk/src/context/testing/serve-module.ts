import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after } from 'node:test';
import * as bits from '../../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE } from '../../constants/statuses.ts';
import type { HttpModule } from '../../pipeline/module.ts';
import { Pipeline } from '../../pipeline/pipeline.ts';
import type { ModuleRegistrationInfo } from '../../pipeline/registration-info.ts';
import { HostedServer } from '../../server/hosted-server.ts';
import { NO_HOST } from '../../server/no-host.ts';
import { ThreadPool } from '../../thread-pool/thread-pool.ts';

/** For tests: one module around an app, on a real server. */
export interface ModuleFixture {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly pipeline: Pipeline;
  readonly log: { level: string; message: string; fields: Record<string, unknown> | undefined }[];
  /** Sends bytes, and gives all that comes until the server closes the connection. */
  talk(text: string, replies?: Replies): Promise<string>;
}

/** "onPostBeginRequest" -> RQ_BEGIN_REQUEST. */
const bitOf = (handler: string): number => {
  const name = handler.replace(/^on(Post)?/, '').replace(/[A-Z]/g, (letter) => `_${letter}`);
  const alias = name === '_Custom_Request_Notification' ? '_Custom_Notification' : name;
  return (bits as unknown as Record<string, number>)[`RQ${alias.toUpperCase()}`] ?? 0;
};

/** Serves one module with these handlers around an app; all is closed when the tests are over. */
export async function serveModule(
  module: HttpModule,
  app: RequestListener = (_req, res) => res.end('app'),
  root = import.meta.dirname,
): Promise<ModuleFixture> {
  const log: ModuleFixture['log'] = [];
  const write = (level: string, message: string, fields?: Record<string, unknown>): void => void log.push({ level, message, fields });
  const pool = new ThreadPool();
  const pipeline = new Pipeline({
    server: new HostedServer(NO_HOST, pool),
    pool,
    app: { id: 'shop', configPath: 'apps/shop', physicalPath: root, site: 'site', pool: 'pool' },
    log: write,
  });
  let mask = 0;
  let postMask = 0;
  for (const handler of Object.keys(module))
    if (handler.startsWith('onPost')) postMask |= bitOf(handler);
    else if (handler !== 'onAsyncCompletion') mask |= bitOf(handler);
  await pipeline.register('tested', {
    registerModule: (_version: number, info: ModuleRegistrationInfo) =>
      info.setRequestNotifications({ getHttpModule: () => ({ ...module }) }, mask >>> 0, postMask >>> 0),
  });
  const options = { serve: app };
  const server = createServer((req, res) => void pipeline.run(req, res, () => app(req, res as never), options as never));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  after(() => {
    server.closeAllConnections();
    server.close();
    void pipeline.terminate();
  });
  return { url: `http://127.0.0.1:${port}`, port, server, pipeline, log, talk: (text, replies) => talk(port, text, replies) };
}

/** What is sent once something has been heard. */
export type Replies = Readonly<Record<string, string>>;

/** A whole conversation on a connection of its own. */
export function talk(port: number, text: string, replies: Replies = {}): Promise<string> {
  const waiting = new Map(Object.entries(replies));
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      answer += chunk;
      for (const [heard, reply] of waiting) if (answer.includes(heard) && waiting.delete(heard)) socket.write(reply);
    });
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)));
    socket.on('close', () => resolve(answer));
  });
}

/** GET with the connection closed behind the answer. */
export const get = (path = '/', extra = ''): string => `GET ${path} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n${extra}\r\n`;

export const CONTINUE = RQ_NOTIFICATION_CONTINUE;
