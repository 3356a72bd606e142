import type { Application } from '@baton/adapter-kit';
import { addForwarded } from './admit/forwarded.ts';
import { isRequestIdSane } from './admit/request-id.ts';
import type { Exchange } from './forward/exchange.ts';
import { authorityOf, pathOf } from './listener/target.ts';
import type { RouteTable } from './route/table.ts';

/**
 * The path of a request, in order:
 *
 * 1. listener/ has read its head and checked it,
 * 2. admit: it gets its request id,
 * 3. route: host, port and longest path say which application it is for,
 * 4. admit: the application's limits, x-forwarded-*,
 * 5. place: to the eligible worker with the fewest requests in flight, or into the pool's queue,
 * 6. forward: its frames go to the worker and come back (forward/exchange.ts),
 * 7. listener/ writes the response, log/ its line.
 */
export function forward(
  exchange: Exchange,
  bindingPort: number,
  routes: { readonly table: RouteTable<Application> },
  nextRequestId: () => string,
): void {
  const { message, client } = exchange;
  admitId(exchange, nextRequestId);
  const host = message.target.charCodeAt(0) === 0x2f ? message.host : (authorityOf(message.target) ?? message.host);
  const app = routes.table.find(bindingPort, host ?? '', pathOf(message.target), client.localAddress);
  if (!app) {
    exchange.refuse('NO_ROUTE', `${host ?? 'no host'} on port ${client.localPort}`);
    return;
  }
  exchange.app = app;
  if (app.isBlocked) {
    exchange.refuse('REQUESTS_BLOCKED', app.appKey);
    return;
  }
  const { limits } = app;
  if (limits.maxHeaderBytes > 0 && message.headBytes > limits.maxHeaderBytes) {
    exchange.refuse('HEADERS_TOO_LARGE', `${message.headBytes} bytes`);
    return;
  }
  if (limits.maxBodyBytes > 0 && message.contentLength > limits.maxBodyBytes) {
    exchange.refuse('BODY_TOO_LARGE', `${message.contentLength} bytes`);
    return;
  }
  const { remoteAddress, localPort, isEncrypted } = client;
  const facts = { remoteAddress, proto: isEncrypted ? ('https' as const) : ('http' as const), host, port: localPort };
  message.headers = addForwarded(message.headers, facts, message.hasForwarded, app.isTrustingProxy);
  exchange.place(app);
}

function admitId(exchange: Exchange, nextRequestId: () => string): void {
  const { message } = exchange;
  const given = message.requestId;
  if (given !== undefined && isRequestIdSane(given)) {
    exchange.requestId = given;
    return;
  }
  exchange.requestId = nextRequestId();
  if (given !== undefined) dropField(message.headers, 'x-request-id');
  message.headers.push('x-request-id', exchange.requestId);
}

function dropField(headers: string[], name: string): void {
  for (let i = headers.length - 2; i >= 0; i -= 2) if (headers[i]!.toLowerCase() === name) headers.splice(i, 2);
}
