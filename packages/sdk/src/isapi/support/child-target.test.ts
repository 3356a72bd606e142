import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as HSE from '../../constants/isapi.ts';
import type { ExtensionControlBlock } from '../extension-control-block.ts';
import type { ChildTarget } from '../extension-services.ts';
import type { ExecUrlInfo } from '../requests.ts';
import { ask } from '../testing/ask.ts';
import { isError } from '../testing/is-error.ts';
import { Recorder } from '../testing/pending.ts';

/** Refused as no request could have it; nothing has begun then, and no routine is called. */
async function mustRefuse(infos: readonly unknown[]): Promise<void> {
  const recorder = new Recorder();
  await ask(
    async (ecb) => {
      ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
      for (const info of infos)
        assert.throws(
          () => ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, info as ExecUrlInfo),
          isError('ERROR_INVALID_PARAMETER'),
          JSON.stringify(info),
        );
      await ecb.writeClient(Buffer.from('it can still answer'));
    },
    {},
    { executeRequest: () => assert.fail('a child request that was refused') },
  );
  assert.equal(recorder.calls.length, 0);
}

/** What the site is asked for. */
async function targetOf(info: ExecUrlInfo, init: RequestInit = {}): Promise<ChildTarget> {
  const recorder = new Recorder();
  let target: ChildTarget | undefined;
  await ask(
    async (ecb: ExtensionControlBlock) => {
      ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine);
      ecb.serverSupportFunction(HSE.HSE_REQ_EXEC_URL, info);
      await recorder.call(1);
    },
    init,
    {
      executeRequest: async (_req, res, given) => {
        target = given;
        res.end();
        return 200;
      },
    },
  );
  return target!;
}

suite('what HSE_REQ_EXEC_URL asks for', () => {
  test('a method is a token (RFC 9110, 5.6.2)', async () => {
    await mustRefuse(['', 'GE T', 'GET\r\nX: 1', 'GET /', 'G(E)T', 'GÄT', 'A"B', 7, null].map((method) => ({ url: '/child', method })));
    assert.equal((await targetOf({ url: '/child', method: 'M-SEARCH' })).method, 'M-SEARCH');
  });

  test("a field's name is a token, and its value one line of text", async () => {
    const fields: [string, unknown][] = [
      ['', '1'],
      ['x a', '1'],
      ['x-a:', '1'],
      ['x-a\r\nx-b', '1'],
      ['x-ä', '1'],
      ['x-a', '1\r\nx-b: 2'],
      ['x-a', '1\0'],
      ['x-a', '\u{1f375}'],
      ['x-a', 7],
      ['x-a', undefined],
      ['x-a', ['1', '2\n3']],
    ];
    await mustRefuse(fields.map(([name, value]) => ({ url: '/child', childHeaders: { [name]: value } })));
    const { headers } = await targetOf({ url: '/child', childHeaders: { 'X-A': ['1', '2'], "!#$%&'*+-.^_`|~": 'tab\tand café' } });
    assert.deepEqual({ ...headers }, { 'x-a': ['1', '2'], "!#$%&'*+-.^_`|~": 'tab\tand café' });
  });

  test('the host frames the entity: a length that is not its own, and Transfer-Encoding, are refused', async () => {
    await mustRefuse([
      { url: '/child', childHeaders: { 'Transfer-Encoding': 'chunked' }, entity: 'milk' },
      { url: '/child', childHeaders: { 'Content-Length': '5' }, entity: 'milk' },
      { url: '/child', childHeaders: { 'content-length': ['4', '4', '5'] }, entity: 'milk' },
      { url: '/child', childHeaders: { 'content-length': '1' } },
      { url: '/child', entity: 4 },
    ]);
    const { headers } = await targetOf({ url: '/child', childHeaders: { 'Content-Length': '4' }, entity: 'milk' });
    assert.equal(headers['content-length'], '4');
  });

  test('what is no URL of the site, and what is no set of fields, is refused', async () => {
    await mustRefuse([
      { url: 'child' },
      { url: '//\0' },
      { url: '' },
      { url: '/child', childHeaders: 'x-a: 1' },
      { url: '/child', childHeaders: null },
      null,
    ]);
  });

  test("without fields of its own it has its parent's, less those of the connection, the body and its conditions", async () => {
    const headers = { 'x-tea': 'green', 'if-none-match': '"x"', range: 'bytes=0-1', te: 'trailers' };
    const target = await targetOf({ url: '/child' }, { method: 'POST', body: 'parent', headers });
    assert.equal(target.method, 'POST');
    assert.equal(target.headers['x-tea'], 'green');
    for (const name of ['if-none-match', 'range', 'te', 'content-length', 'connection', 'transfer-encoding'])
      assert.equal(target.headers[name], undefined, name);
  });
});
