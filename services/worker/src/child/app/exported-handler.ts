import type { RequestListener, Server } from 'node:http';
import { findExport } from '../exports.ts';
import { http } from '../http/node-http.ts';

/** The second argument is what @hono/node-server gives: the request and response below, `{ incoming, outgoing }`. */
type Fetch = (request: Request, env: unknown) => Response | Promise<Response>;

/** What a module may export instead of calling listen(). */
export type ExportedHandler =
  | { readonly kind: 'fetch'; readonly fetch: Fetch }
  | { readonly kind: 'listener'; readonly listener: RequestListener }
  /** An ISAPI extension; what it needs around it is its module's. */
  | { readonly kind: 'extension' };

/**
 * Finds a handler among a module's exports: `httpExtensionProc`, or `default` (or the whole CommonJS export) with a `fetch` method, or a function of
 * (req, res).
 */
export function findHandler(exported: unknown): ExportedHandler | undefined {
  if (findExport(exported, 'httpExtensionProc')) return { kind: 'extension' };
  const candidate = defaultOf(exported);
  if (typeof candidate === 'object' || typeof candidate === 'function') {
    const { fetch } = (candidate ?? {}) as { fetch?: unknown };
    if (typeof fetch === 'function') return { kind: 'fetch', fetch: (request, env) => Reflect.apply(fetch, candidate, [request, env]) };
  }
  return typeof candidate === 'function' ? { kind: 'listener', listener: candidate as RequestListener } : undefined;
}

/** How long a module that exports a function is given to call listen() after all, ms: many export their app and listen later. */
const FUNCTION_GRACE_MS = 250;

export interface ServeParts {
  listen(server: Server): void;
  isListening(): boolean;
  /** What answers the requests of an extension; it may refuse to be loaded. */
  loadExtension(): Promise<RequestListener>;
  onFailed(error: unknown): void;
}

/**
 * Serves over HTTP what a module exports in place of calling listen(); does nothing when it exports no handler.
 *
 * - A `fetch` handler, or an extension, says by its form that it wants to be served: at once.
 * - A bare function is served when nothing else keeps the process busy, or after a short while; unless the app listens first.
 */
export function serveExported(exported: unknown, parts: ServeParts): void {
  const handler = findHandler(exported);
  if (!handler) return;
  let isServed = false;
  const serve = async (): Promise<void> => {
    if (isServed || parts.isListening()) return;
    isServed = true;
    try {
      parts.listen(await serverFor(handler, parts));
    } catch (error) {
      parts.onFailed(error);
    }
  };
  if (handler.kind !== 'listener') return void serve();
  process.once('beforeExit', serve);
  setTimeout(serve, FUNCTION_GRACE_MS).unref();
}

/** A server around the handler; the adapter of fetch handlers is loaded only for them. */
async function serverFor(handler: ExportedHandler, { loadExtension }: ServeParts): Promise<Server> {
  if (handler.kind === 'listener') return http.createServer(handler.listener);
  if (handler.kind === 'extension') return http.createServer(await loadExtension());
  const { getRequestListener } = await import('@hono/node-server');
  return http.createServer(getRequestListener(handler.fetch));
}

function defaultOf(exported: unknown): unknown {
  if (exported === null || (typeof exported !== 'object' && typeof exported !== 'function')) return undefined;
  const first = 'default' in exported ? exported.default : exported;
  // A transpiled CommonJS module imported as an ES module has its default one level down.
  if (first !== null && typeof first === 'object' && 'default' in first && typeof first.default !== 'undefined') return first.default;
  return first;
}
