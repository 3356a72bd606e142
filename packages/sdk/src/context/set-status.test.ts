import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import { HostError } from '../errors/host-error.ts';
import { registering, servePipeline } from '../pipeline/testing/serve-pipeline.ts';

test('a status without a reason gets its usual one, and a reason that is no text is refused by a word on what it is', async () => {
  let error: unknown;
  const refuse = registering({
    onBeginRequest(context) {
      const response = context.getResponse();
      try {
        response.setStatus(404, 7 as unknown as string);
      } catch (caught) {
        error = caught;
      }
      response.setStatus(404);
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
  });
  const { url, isEmpty } = await servePipeline({ refuse });
  const { status, statusText } = await fetch(url, { headers: { connection: 'close' } });
  assert.deepEqual([status, statusText], [404, 'Not Found']);
  assert.ok(HostError.is(error, 'ERROR_INVALID_DATA'), String(error));
  assert.match((error as Error).message, /number came/);
  await isEmpty();
});
