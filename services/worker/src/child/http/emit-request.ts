import { type HttpServer, type Incoming, nodeConnectionListener, type Outgoing } from './node-internals.ts';

/** An Expect header by which the client waits for 100 before it sends its body, as Node tells it. */
export const isContinue = (expect: string): boolean => /(?:^|\W)100-continue(?:$|\W)/i.test(expect);

/** Hands a request to the app by the event that Node would emit for its Expect header. */
export function emitRequest(server: HttpServer, req: Incoming, res: Outgoing, expect: string | undefined): void {
  if (expect === undefined || req.httpVersionMinor === 0) {
    server.emit('request', req, res);
  } else if (isContinue(expect)) {
    res._expect_continue = true;
    if (server.listenerCount('checkContinue') > 0) {
      server.emit('checkContinue', req, res);
    } else {
      if (!res._sent100) res.writeContinue();
      server.emit('request', req, res);
    }
  } else if (server.listenerCount('checkExpectation') > 0) {
    server.emit('checkExpectation', req, res);
  } else {
    res.writeHead(417);
    res.end();
  }
}

/** Tells the app's own listeners of 'connection'; Node's would begin to parse. */
export function announceConnection(server: HttpServer, socket: unknown): void {
  for (const listener of server.listeners('connection')) if (listener !== nodeConnectionListener) listener.call(server, socket);
}
