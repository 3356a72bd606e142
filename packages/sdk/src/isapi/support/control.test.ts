import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as HSE from '../../constants/isapi.ts';
import { ask } from '../testing/ask.ts';
import { isError } from '../testing/is-error.ts';

suite('ServerSupportFunction (7.3, 7.4)', () => {
  test('facts of the process: IS_IN_PROCESS, GET_WORKER_PROCESS_SETTINGS, GET_TRACE_INFO', async () => {
    const trace = { traceparent: '00-1-2-01', isSampled: true };
    await ask(
      (ecb) => {
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_IS_IN_PROCESS), HSE.HSE_APP_FLAG_IN_PROCESS);
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_GET_WORKER_PROCESS_SETTINGS).applicationPool, 'test pool');
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_GET_TRACE_INFO), trace);
        assert.equal(ecb.serverSupportFunction(HSE.HSE_REQ_GET_TRACE_INFO_EX), trace);
      },
      {},
      { contextOf: () => ({ getServerVariable: () => undefined, getTraceContext: () => trace }) },
    );
    await ask((ecb) => assert.throws(() => ecb.serverSupportFunction(HSE.HSE_REQ_GET_TRACE_INFO), isError('ERROR_NOT_SUPPORTED')));
  });
});
