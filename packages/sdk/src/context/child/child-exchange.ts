import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { tellDrain } from '../response/tell-drain.ts';
import { MemorySocket, type ResponseSink } from './memory-socket.ts';

/** What a child request asks for. */
export interface ChildTarget {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Readable | Uint8Array | undefined;
}

/** A request and its response that never leave the process: Node's own classes over a connection in memory. */
export class ChildExchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly #socket: MemorySocket;
  readonly #body: ChildTarget['body'];

  constructor(parent: IncomingMessage, target: ChildTarget, sink: ResponseSink) {
    const socket = new MemorySocket(parent.socket, sink);
    const req = new IncomingMessage(socket as unknown as Socket);
    req.method = target.method;
    req.url = target.url;
    req.httpVersion = '1.1';
    req.httpVersionMajor = 1;
    req.httpVersionMinor = 1;
    (req as unknown as { _addHeaderLines(lines: readonly string[], count: number): void })._addHeaderLines(
      target.headers,
      target.headers.length,
    );
    const res = new ServerResponse(req);
    res.shouldKeepAlive = false;
    // Behind the head there is nothing but entity, to the end of the connection.
    res.useChunkedEncodingByDefault = false;
    res.assignSocket(socket as unknown as Socket);
    socket.on('drain', () => tellDrain(res));
    res.on('finish', () => process.nextTick(tellClosed, res, socket));
    this.req = req;
    this.res = res;
    this.#socket = socket;
    this.#body = target.body;
  }

  /** Gives the request its body, as it is asked for. */
  async feed(): Promise<void> {
    const { req } = this;
    const body = this.#body;
    try {
      if (body instanceof Uint8Array) req.push(body);
      else if (body)
        for await (const chunk of body.iterator({ destroyOnReturn: false })) {
          if (this.#socket.destroyed) return;
          if (!req.push(chunk)) await this.#socket.whenWanted();
        }
      req.complete = true;
      req.push(null);
    } catch (error) {
      req.destroy(error as Error);
    }
  }

  /** Its client is gone. */
  abort(): void {
    if (this.#socket.destroyed) return;
    this.#socket.destroy();
    this.#socket.resume();
    if (!this.res.writableFinished) this.req.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
  }
}

/** What Node's server does behind the last byte: an unread body goes, the response says 'close', and so does the connection. */
function tellClosed(res: ServerResponse, socket: MemorySocket): void {
  if (!res.req.readableEnded) res.req.resume();
  socket.destroy();
}
