import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pipeline } from '@baton/sdk/host';
import { emitRequest, isContinue } from '../http/emit-request.ts';
import type { HttpServer, Incoming, Outgoing } from '../http/node-internals.ts';
import { runInTrace, traceOf } from './running-trace.ts';
import { sdk } from './sdk.ts';

/** Gives the requests of one server of an app to it through its modules. */
export class AppDelivery {
  readonly #server: HttpServer;
  readonly #pipeline: Pipeline;
  readonly #serve: (req: IncomingMessage, res: ServerResponse) => void;

  constructor(server: HttpServer, pipeline: Pipeline) {
    this.#server = server;
    this.#pipeline = pipeline;
    this.#serve = (req, res) => void server.emit('request', req, res);
  }

  /** A request; `leftMs`: time left for it, 0 = no limit. */
  request(req: Incoming, res: Outgoing, leftMs: number, expect: string | undefined): void {
    const withdraw = expectsContinue(req, expect) ? sdk().continueWhenRead(req, res) : undefined;
    this.#run(req, res, leftMs, () => {
      withdraw?.();
      emitRequest(this.#server, req, res, expect);
    });
  }

  /** The head of an upgrade. `accept` gives the socket to the app and calls its argument at the socket's end; the response is for those who refuse. */
  upgrade(req: Incoming, res: Outgoing, leftMs: number, accept: (done: () => void) => void): void {
    this.#run(req, res, leftMs, accept);
  }

  #run(req: Incoming, res: Outgoing, leftMs: number, execute: (done: () => void) => void): void {
    const trace = traceOf(req);
    const options = { serve: this.#serve, ...(leftMs > 0 && { deadlineAtMs: Date.now() + leftMs }), ...(trace && { trace }) };
    runInTrace(req, () => void this.#pipeline.run(req, res, execute, options));
  }
}

/** The client waits for 100 before it sends its body. */
function expectsContinue(req: Incoming, expect: string | undefined): boolean {
  return expect !== undefined && req.httpVersionMinor !== 0 && isContinue(expect);
}
