import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as HSE from '../../constants/isapi.ts';
import { ask } from '../testing/ask.ts';
import { isError } from '../testing/is-error.ts';

suite('ServerSupportFunction (7.3, 7.4)', () => {
  test('MAP_URL_TO_PATH in its four forms', async () => {
    await ask(
      (ecb) => {
        for (const code of [HSE.HSE_REQ_MAP_URL_TO_PATH, HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH] as const)
          assert.equal(ecb.serverSupportFunction(code, '/a/../usr/50%25?x'), '/usr/50%');
        for (const code of [HSE.HSE_REQ_MAP_URL_TO_PATH_EX, HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX] as const) {
          const { path, flags, matchingPathLength, matchingUrlLength } = ecb.serverSupportFunction(code, '/usr');
          assert.deepEqual(
            [path, flags & HSE.HSE_URL_FLAGS_READ, matchingPathLength, matchingUrlLength],
            ['/usr', HSE.HSE_URL_FLAGS_READ, 0, 1],
          );
          assert.equal(ecb.serverSupportFunction(code, '/no such file').flags, 0);
        }
        assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_MAP_URL_TO_PATH, '/../etc'), isError('ERROR_INVALID_PARAMETER'));
      },
      {},
      { mapPath: (url) => decodeURIComponent(url) },
    );
  });
});
