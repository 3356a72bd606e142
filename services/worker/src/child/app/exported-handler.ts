import http, { type RequestListener, type Server } from 'node:http';

type Fetch = (request: Request) => Response | Promise<Response>;

/** What a module may export instead of calling listen(). */
export type ExportedHandler =
  | { readonly kind: 'fetch'; readonly fetch: Fetch }
  | { readonly kind: 'listener'; readonly listener: RequestListener };

/** Finds a handler among a module's exports: `default` (or the whole CommonJS export) with a `fetch` method, or a function of (req, res). */
export function findHandler(exported: unknown): ExportedHandler | undefined {
  const candidate = defaultOf(exported);
  if (typeof candidate === 'object' || typeof candidate === 'function') {
    const { fetch } = (candidate ?? {}) as { fetch?: unknown };
    if (typeof fetch === 'function') return { kind: 'fetch', fetch: (request) => Reflect.apply(fetch, candidate, [request]) };
  }
  return typeof candidate === 'function' ? { kind: 'listener', listener: candidate as RequestListener } : undefined;
}

/** A server around the handler; the adapter of fetch handlers is loaded only for them. */
export async function serverFor(handler: ExportedHandler): Promise<Server> {
  if (handler.kind === 'listener') return http.createServer(handler.listener);
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
