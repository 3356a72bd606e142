import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RequestNotificationStatus, RQ_NOTIFICATION_CONTINUE } from '../../constants/statuses.ts';
import type { HttpModule } from '../../pipeline/module.ts';
import type { HttpContext } from '../http-context.ts';
import type { HttpRequest } from '../http-request.ts';
import { serveModule } from './serve-module.ts';

/** An app that answers with what it got. */
export function echo(req: IncomingMessage, res: ServerResponse): void {
  const parts: Buffer[] = [];
  req.on('data', (part: Buffer) => parts.push(part));
  req.on('end', () =>
    res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body: Buffer.concat(parts).toString() })),
  );
}

/** What an app got. */
export interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the app sees after a module of BEGIN_REQUEST. */
export async function seen(
  act: (request: HttpRequest, context: HttpContext) => unknown,
  init: RequestInit = {},
  path = '/',
  more: HttpModule = {},
): Promise<Echo> {
  const { url, log } = await serveModule(
    {
      ...more,
      onBeginRequest: async (context): Promise<RequestNotificationStatus> => {
        await act(context.getRequest(), context);
        return RQ_NOTIFICATION_CONTINUE;
      },
    },
    echo,
  );
  const answer = (await (await fetch(url + path, init)).json()) as Echo;
  assert.deepEqual(log, []);
  return answer;
}
