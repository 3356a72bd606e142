import assert from 'node:assert/strict';
import { RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import type { HttpModule } from '../../pipeline/module.ts';
import type { HttpContext } from '../http-context.ts';
import { get, serveModule } from './serve-module.ts';

/** The folder of the app. */
export const ROOT = '/srv/shop';

/** What `act` gives in BEGIN_REQUEST of a request. */
export async function inContext<T>(
  act: (context: HttpContext) => T,
  request = get('/a/b%20c.txt?x=1&y=2'),
  more: HttpModule = {},
): Promise<T> {
  let got: { value: T } | undefined;
  const { talk, log } = await serveModule(
    {
      ...more,
      onBeginRequest(context) {
        got = { value: act(context) };
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    },
    undefined,
    ROOT,
  );
  await talk(request);
  assert.deepEqual(log, []);
  return got!.value;
}
