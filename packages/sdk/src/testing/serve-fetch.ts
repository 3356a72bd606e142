import { type IncomingMessage, type RequestListener, Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { TestApp } from './test-host-types.ts';

const BODYLESS = new Set(['GET', 'HEAD']);

/** A listener of 'request' for whatever an app is; an error of a `fetch` method is a 500, or breaks the connection. */
export function listenerOf(app: TestApp | undefined): RequestListener {
  if (app === undefined) return (_req, res) => void res.writeHead(404).end();
  if (typeof app === 'function') return app;
  if (app instanceof Server) return (req, res) => void app.emit('request', req, res);
  return (req, res) => {
    answer(app, req, res).catch((error: Error) => {
      if (res.headersSent) res.destroy(error);
      else res.writeHead(500, { 'content-type': 'text/plain' }).end(error.message);
    });
  };
}

async function answer(app: Exclude<TestApp, RequestListener | Server>, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const ended = new AbortController();
  res.once('close', () => ended.abort());
  const headers = new Headers();
  for (let index = 0; index < req.rawHeaders.length; index += 2) headers.append(req.rawHeaders[index]!, req.rawHeaders[index + 1]!);
  const body = BODYLESS.has(req.method!) ? undefined : (Readable.toWeb(req) as ReadableStream);
  const request = new Request(`http://${req.headers.host}${req.url}`, {
    method: req.method!,
    headers,
    signal: ended.signal,
    ...(body && { body, duplex: 'half' }),
  } as RequestInit);
  const response = await app.fetch(request);
  res.statusCode = response.status;
  if (response.statusText) res.statusMessage = response.statusText;
  for (const [name, value] of response.headers) if (name !== 'set-cookie') res.setHeader(name, value);
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) res.setHeader('set-cookie', cookies);
  if (response.body) await pipeline(Readable.fromWeb(response.body as ReadableStream), res);
  else res.end();
}
