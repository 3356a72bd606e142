import { credentials, Client as GrpcClient } from '@grpc/grpc-js';
import { type Client, type Protocol, type Sight, sightOf, wrong } from '../protocol.ts';

const CLIENTS = 4;
const MESSAGES = 10;
const GAP_MS = 40;
const same = (bytes: Buffer): Buffer => bytes;

const common = { entry: 'echo-grpc.js', binding: (port: number) => `http://*:${port}/` } as const;

/** The stock client's unary calls. */
export const grpcUnary: Protocol = { ...common, name: 'gRPC unary', perSecond: 150, open: ({ port }) => open(port, unary) };

/** The stock client's streams: messages one behind the other, each answered before the stream ends. */
export const grpcStream: Protocol = { ...common, name: 'gRPC streaming', perSecond: 40, open: ({ port }) => open(port, stream) };

async function open(port: number, send: (client: GrpcClient, id: string) => Promise<Sight>): Promise<Client> {
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  const clients = Array.from({ length: CLIENTS }, () => new GrpcClient(`127.0.0.1:${port}`, credentials.createInsecure(), options));
  let count = 0;
  return {
    send: (id) => send(clients[count++ % CLIENTS]!, id),
    close: async () => {
      for (const client of clients) client.close();
    },
  };
}

function unary(client: GrpcClient, id: string): Promise<Sight> {
  const deadline = Date.now() + 30_000;
  return new Promise((resolve) => {
    client.makeUnaryRequest('/test.Echo/Unary', same, same, Buffer.from(`${id} hello`), { deadline }, (error, answer) =>
      resolve(error ? wrong(error) : sightOf(String(answer), `${id} hello`)),
    );
  });
}

function stream(client: GrpcClient, id: string): Promise<Sight> {
  return new Promise((resolve) => {
    const call = client.makeBidiStreamRequest('/test.Echo/Stream', same, same, { deadline: Date.now() + 30_000 });
    let read = 0;
    let sight: Sight = { wrong: 'no answer' };
    call.on('data', (message: Buffer) => {
      const next = sightOf(message.toString(), `${id} ${read++}`);
      if (read === 1 || !('wrong' in sight))
        sight = 'pid' in sight && 'pid' in next && sight.pid !== next.pid ? { wrong: 'two processes answered' } : next;
    });
    call.on('error', (error) => resolve(wrong(error)));
    call.on('end', () => resolve(read === MESSAGES ? sight : { wrong: `${read} of ${MESSAGES} messages came` }));
    let sent = 0;
    const timer = setInterval(() => {
      call.write(Buffer.from(`${id} ${sent++}`));
      if (sent < MESSAGES) return;
      clearInterval(timer);
      call.end();
    }, GAP_MS);
  });
}
