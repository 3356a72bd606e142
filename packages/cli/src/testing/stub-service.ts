/**
 * Stands for adapter, WAS and host in the tests of `baton up`: takes their flags and does as little of their work as makes a cluster look alive.
 *
 * - As WAS it serves the admin API, and tells those who dial its "gRPC" port, one JSON line each way, what to listen on.
 * - STUB_FAILS names the one that cannot start.
 * - As adapter it answers every request with its pid, `/slow?ms=` later; it drains on SIGTERM.
 */
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { parseConfig } from '@baton/config';
import { BatonError, run } from '@baton/core';

const TEXT = [
  'cluster',
  'redis',
  'advertise',
  'grpc-port',
  'admin-host',
  'admin-port',
  'id',
  'was',
  'app-root',
  'spares',
  'state-dir',
  'access-log',
  'drain-limit',
];
const options = {
  ...Object.fromEntries(TEXT.map((name) => [name, { type: 'string' as const }])),
  'reuse-port': { type: 'boolean' as const },
};
const { values } = parseArgs({ options, args: process.argv.slice(2) });
const flag = (name: string): string => String((values as Record<string, unknown>)[name] ?? '');
const role = flag('admin-port') ? 'was' : flag('app-root') ? 'host' : 'adapter';

const closers: (() => Promise<void> | void)[] = [];
const listening = new Set<number>();

await run(role, async () => {
  process.title = role === 'host' ? `baton host ${flag('id')}` : `baton ${role}`;
  if (process.env.STUB_FAILS === role) throw new BatonError('TIMEOUT', 'the stub was told to fail');
  if (!process.env.BATON_SECRET) throw new Error('BATON_SECRET is not set');
  const ports = role === 'was' ? await openWas() : dialWas();
  process.send?.({ type: 'ready', ports });
  return [{ name: role, close: () => closeAll() }];
});

async function closeAll(): Promise<void> {
  for (const close of closers.reverse()) await close();
}

async function openWas(): Promise<Record<string, number>> {
  const links = new Map<Socket, { role: string; id: string }>();
  let listens: number[] = [];
  const link = createServer((socket) => {
    createInterface({ input: socket }).on('line', (line) => {
      links.set(socket, JSON.parse(line));
      socket.write(`${JSON.stringify(listens)}\n`);
    });
    socket.on('error', () => undefined).on('close', () => links.delete(socket));
  });
  const admin = createHttpServer(async (request, response) => {
    const answer = (body: unknown, status = 200) => response.writeHead(status).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${process.env.BATON_TOKEN}`) return answer({ code: 'UNAUTHORIZED', message: 'no' }, 401);
    if (request.url?.startsWith('/api/v1/events/follow')) return response.write('\n');
    const peers = [...links.values()];
    const of = (wanted: string) => peers.filter((peer) => peer.role === wanted).map(({ id }) => ({ id }));
    if (request.url === '/api/v1/config' && request.method === 'POST') {
      const { yaml, file } = JSON.parse(Buffer.concat(await request.toArray()).toString());
      listens = parseConfig(yaml, { file }).apps.flatMap((app) => app.bindings.map(({ port }) => port));
      for (const socket of links.keys()) socket.write(`${JSON.stringify(listens)}\n`);
      return answer({ applied: true });
    }
    return answer({
      clusterId: flag('cluster'),
      adapters: of('adapter').map((one) => ({ ...one, attached: true })),
      hosts: of('host').map((one) => ({ ...one, state: 'attached' })),
    });
  });
  closers.push(() => {
    admin.closeAllConnections();
    admin.close();
    link.close();
    for (const socket of links.keys()) socket.destroy();
  });
  const open = (server: Server | ReturnType<typeof createServer>, port: string) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(Number(port || 0), '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  return { grpc: await open(link, flag('grpc-port')), admin: await open(admin, flag('admin-port')) };
}

function dialWas(): Record<string, number> {
  const [host, port] = flag('was').split(':');
  let isClosing = false;
  const dial = () => {
    const socket = connect(Number(port), host);
    socket.on('error', () => undefined).on('close', () => !isClosing && setTimeout(dial, 50).unref());
    socket.write(`${JSON.stringify({ role, id: flag('id') })}\n`);
    createInterface({ input: socket }).on('line', (line) => role === 'adapter' && listenOn(JSON.parse(line)));
    closers.push(() => {
      isClosing = true;
      socket.destroy();
    });
  };
  dial();
  return {};
}

function listenOn(ports: readonly number[]): void {
  for (const port of ports.filter((one) => !listening.has(one))) {
    listening.add(port);
    const server = createHttpServer((request, response) => {
      const ms = Number(new URL(request.url ?? '/', 'http://stub').searchParams.get('ms') ?? 0);
      setTimeout(() => response.setHeader('connection', 'close').end(String(process.pid)), ms);
    });
    server.listen({ port, reusePort: 'reuse-port' in values });
    closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  }
}
