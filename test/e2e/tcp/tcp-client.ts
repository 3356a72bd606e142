import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection to a cluster, with everything it got. Rejects when the connection is reset. */
export interface TcpTalk {
  readonly socket: Socket;
  /** Resolves with all that came before the server's FIN; rejects with the error that ended the connection. */
  readonly whole: Promise<string>;
  /** Resolves with the first line. */
  line(): Promise<string>;
}

/** Connects and sends `bytes`; `socket` may be one of TLS that is connected already. */
export async function talk(port: number, bytes: string | Buffer, given?: Socket): Promise<TcpTalk> {
  const socket = given ?? connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  let received = '';
  let fault: Error | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  promise.catch(() => {});
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', (error) => {
    fault = error;
    reject(error);
  });
  socket.on('end', () => resolve(received));
  socket.on('close', () => (fault ? reject(fault) : resolve(received)));
  if (!given) await once(socket, 'connect');
  socket.write(bytes);
  const line = async (): Promise<string> => {
    while (!received.includes('\n')) {
      if (fault) throw fault;
      await Promise.race([once(socket, 'data'), promise]);
    }
    return received.slice(0, received.indexOf('\n'));
  };
  return { socket, whole: promise, line };
}

/** Sends everything, ends its half, and resolves with all that came. */
export async function ask(port: number, bytes: string | Buffer): Promise<string> {
  const { socket, whole } = await talk(port, bytes);
  socket.end();
  const answer = await whole;
  socket.destroy();
  return answer;
}
