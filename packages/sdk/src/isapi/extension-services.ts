import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppOutput } from '../context/child/app-sink.ts';
import type { HttpServer } from '../server/http-server.ts';
import type { TraceContext, WriteLog } from '../server/server-host.ts';
import type { Slots } from './operation.ts';

/** What an extension's host asks the request's context for, where modules run around it. */
export interface RequestContext {
  /** undefined = no such name, or no value. */
  getServerVariable(name: string): string | undefined;
  getTraceContext(): TraceContext | undefined;
}

/** A request of this site that is run within another one. */
export interface ChildTarget {
  /** Path and query. */
  readonly url: string;
  readonly method: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: Uint8Array;
}

/** How it is run. */
export interface ChildOptions {
  /** Its status and headers are left out: the caller has sent its own. */
  readonly noHeaders: boolean;
  /** The response that it is run within. */
  readonly output: AppOutput;
}

/** What the process around gives to extensions. */
export interface ExtensionServices {
  readonly server: Pick<HttpServer, 'getAppPoolName' | 'getWorkerProcessSettings' | 'getTraceContext' | 'reportUnhealthy'>;
  /** The thread pool; completion routines run in its slots. */
  readonly pool: Slots;
  readonly log: WriteLog;
  /** Path of a URL, percent-encoded, to file, as modules around the request see it; throws HostError where there is none. */
  mapPath(url: string, req: IncomingMessage): string;
  /** Runs a child request of `req` whose response goes to `options.output`; its status. Absent: HSE_REQ_EXEC_URL and HSE_REQ_SEND_URL are not supported. */
  executeRequest?(req: IncomingMessage, res: ServerResponse, target: ChildTarget, options: ChildOptions): Promise<number>;
  contextOf?(req: IncomingMessage): RequestContext | undefined;
  /** The last request that was here has wholly ended, its session included. */
  onIdle?(): void;
}
