import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE } from '../constants/statuses.ts';
import { get, serveModule } from './testing/serve-module.ts';

test('the provider of RQ_MAP_REQUEST_HANDLER sets script name and file, which the later steps and server variables see', async () => {
  const seen: unknown[] = [];
  const { talk, log } = await serveModule(
    {
      onMapRequestHandler(context, provider) {
        seen.push(context.getScriptName());
        provider.setScriptName('/scripts/run.js');
        provider.setPhysicalPath('/elsewhere/run.js');
        return RQ_NOTIFICATION_CONTINUE;
      },
      onPostMapRequestHandler(context) {
        seen.push(context.getScriptName(), context.getPhysicalPath());
        return RQ_NOTIFICATION_CONTINUE;
      },
      onExecuteRequestHandler(context) {
        seen.push(context.getServerVariable('SCRIPT_NAME'), context.getServerVariable('PATH_TRANSLATED'));
        return RQ_NOTIFICATION_CONTINUE;
      },
    },
    undefined,
    '/srv/shop',
  );
  await talk(get('/page'));
  assert.deepEqual(log, []);
  assert.deepEqual(seen, ['/page', '/scripts/run.js', '/elsewhere/run.js', '/scripts/run.js', '/elsewhere/run.js']);
});
