import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, stage } from './testing/stage.ts';

test('getExtendedInterface gives the object under the names whose methods it has', () => {
  const { server } = stage();
  assert.equal(server.getExtendedInterface('IHttpServer2'), server);
  assert.throws(() => server.getExtendedInterface('IHttpServer9'), code('ERROR_NOT_SUPPORTED'));
});
