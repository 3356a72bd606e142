import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Io } from '../io.ts';
import { runCommandLine } from '../program.ts';
import { ANSWERS, EVENT } from './answers.ts';

/** Commands that print lists. */
export const LISTS = ['pool list', 'app list', 'wp list', 'host list', 'channel list', 'event list', 'recycle list', 'keys list'];

/** What a command line left behind. */
export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A cluster that gives the answers of answers.ts while the tests of a file run, and command lines in its folder. */
export interface StubCluster {
  readonly folder: string;
  /** Bodies of the POSTs so far. */
  readonly posted: unknown[];
  adminUrl(): string;
  baton(args: readonly string[], more?: Partial<Io>): Promise<Run>;
}

export function playCluster(): StubCluster {
  const folder = mkdtempSync(join(tmpdir(), 'baton-cli-'));
  const posted: unknown[] = [];
  const server = createServer(async (request, response) => {
    const key = `${request.method} ${request.url?.replace('/api/v1/', '')}`;
    if (request.method === 'POST') posted.push(JSON.parse(Buffer.concat(await request.toArray()).toString() || '{}'));
    const answer = ANSWERS[key];
    const body = answer ?? { code: 'NOT_FOUND', message: `nothing at ${key}`, hint: 'Look elsewhere' };
    if (key === 'GET events/follow') response.end(`${JSON.stringify(EVENT)}\n\n${JSON.stringify(EVENT)}\n`);
    else if (request.headers.authorization !== 'Bearer t') response.writeHead(401).end('{"code":"UNAUTHORIZED","message":"no token"}');
    else response.writeHead(answer ? 200 : 404).end(JSON.stringify(body));
  });
  const adminUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    writeFileSync(join(folder, 'cluster.json'), JSON.stringify({ adminUrl: adminUrl(), token: 't', appRoot: folder }));
    writeFileSync(join(folder, 'server.js'), '');
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  async function baton(args: readonly string[], more: Partial<Io> = {}): Promise<Run> {
    let [out, err] = ['', ''];
    const io: Io = {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      env: { BATON_DATA_DIR: folder },
      cwd: folder,
      hasColours: false,
      programs: { was: '', adapter: '', host: '' },
      ...more,
    };
    const code = await runCommandLine(args, io);
    return { code, out, err };
  }

  return { folder, posted, adminUrl, baton };
}
