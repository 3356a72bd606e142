import type { IncomingMessage } from 'node:http';
import type { SendResult } from '@fastify/send';
import { pathOf } from '../context/url.ts';
import type { StaticSettings } from './static-options.ts';

/** Answers that mean "no such file", whatever the reason: the app may know the URL. */
const NOT_A_FILE = new Set([400, 403, 404]);

/**
 * What answers a request with a file: status, headers and a stream that is not opened yet; undefined = there is no such file, or the method is not of files.
 *
 * - @fastify/send decides on ranges (RFC 9110, 14), validators and conditions (13), types and folders.
 */
export async function findFile(req: IncomingMessage, settings: StaticSettings): Promise<SendResult | undefined> {
  if (req.method !== 'GET' && req.method !== 'HEAD') return undefined;
  const path = pathOf(req.url ?? '/');
  const { prefix } = settings;
  if (!path.startsWith(prefix) || (prefix !== '' && path[prefix.length] !== '/')) return undefined;
  // It is loaded by the first file, and costs those nothing who import the package for something else.
  const { send } = await import('@fastify/send');
  const found = await send(req, path.slice(prefix.length) || '/', settings.send as never);
  if (found.type === 'error' && NOT_A_FILE.has(found.statusCode)) {
    found.stream.destroy();
    return undefined;
  }
  // It knows the URL without the prefix only.
  if (found.type === 'directory' && prefix !== '') found.headers.Location = prefix + found.headers.Location;
  return found;
}
