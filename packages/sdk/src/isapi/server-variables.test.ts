import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask } from './testing/ask.ts';
import { isError } from './testing/is-error.ts';

suite('GetServerVariable (7.3)', () => {
  test('names without a prefix, HTTP_ with underscores, HEADER_ as it is written, UNICODE_ in front', async () => {
    await ask(
      (ecb) => {
        const values: Record<string, string> = {
          REQUEST_METHOD: 'PUT',
          QUERY_STRING: 'a=1',
          PATH_INFO: '/k%C3%A4se',
          URL: '/k%C3%A4se',
          HTTP_URL: '/k%C3%A4se?a=1',
          UNICODE_URL: '/k%C3%A4se',
          query_string: 'a=1',
          UNICODE_REMOTE_ADDR: '127.0.0.1',
          CONTENT_LENGTH: '4',
          CONTENT_TYPE: 'text/tea',
          SERVER_NAME: '127.0.0.1',
          SERVER_PROTOCOL: 'HTTP/1.1',
          HTTPS: 'off',
          SERVER_PORT_SECURE: '0',
          APP_POOL_ID: 'test pool',
          REMOTE_USER: '',
          HTTP_X_TEA_KIND: 'green',
          'HEADER_X-Tea-Kind': 'green',
          'HEADER_x-tea-kind': 'green',
        };
        for (const [name, value] of Object.entries(values)) assert.equal(ecb.getServerVariable(name), value, name);
        assert.match(ecb.getServerVariable('ALL_HTTP'), /HTTP_X_TEA_KIND:green\n/);
        assert.match(ecb.getServerVariable('ALL_RAW'), /x-tea-kind: green\r\n/i);
      },
      { method: 'PUT', body: 'brew', headers: { 'x-tea-kind': 'green', 'content-type': 'text/tea' } },
      {},
      '/k%C3%A4se?a=1',
    );
  });

  test('a name that is none is ERROR_INVALID_INDEX, one without a value ERROR_NO_DATA, no name ERROR_INVALID_PARAMETER', async () => {
    await ask((ecb) => {
      for (const name of ['TEA', 'constructor', '__proto__', 'HTTP_', 'UNICODE_HTTP_HOST', 'UNICODE_HEADER_Host', 'UNICODE_TEA'])
        assert.throws(() => ecb.getServerVariable(name), isError('ERROR_INVALID_INDEX'), name);
      for (const name of ['HTTP_X_NONE', 'HEADER_X-None', 'HEADER_USER_AGENT', 'CERT_SUBJECT', 'AUTH_PASSWORD'])
        assert.throws(() => ecb.getServerVariable(name), isError('ERROR_NO_DATA'), name);
      for (const name of ['', undefined, 7]) assert.throws(() => ecb.getServerVariable(name as string), isError('ERROR_INVALID_PARAMETER'));
    });
  });

  test('what modules have set goes before', async () => {
    await ask(
      (ecb) => {
        assert.equal(ecb.getServerVariable('LOGON_USER'), 'ada');
        assert.equal(ecb.getServerVariable('UNICODE_LOGON_USER'), 'ada');
        assert.throws(() => ecb.getServerVariable('HTTP_NONE'), isError('ERROR_NO_DATA'));
        assert.throws(() => ecb.getServerVariable('NONE'), isError('ERROR_INVALID_INDEX'));
      },
      {},
      { contextOf: () => ({ getServerVariable: (name) => (name === 'LOGON_USER' ? 'ada' : undefined), getTraceContext: () => undefined }) },
    );
  });
});
