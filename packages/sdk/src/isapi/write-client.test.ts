import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as HSE from '../constants/isapi.ts';
import { ask } from './testing/ask.ts';
import { isError } from './testing/is-error.ts';

suite('WriteClient (7.3)', () => {
  test('synchronous writes keep their order, awaited or not, and tell their bytes', async () => {
    const answer = await ask(async (ecb) => {
      ecb.writeClient(Buffer.from('a'));
      ecb.writeClient(Buffer.from('b'), HSE.HSE_IO_SYNC);
      assert.equal(await ecb.writeClient(Buffer.from('cd')), 2);
      assert.equal(await ecb.writeClient(Buffer.alloc(0)), 0);
    });
    assert.equal(await answer.text(), 'abcd');
  });

  test('other flags, and what is no buffer, are refused', async () => {
    await ask((ecb) => {
      for (const flags of [0, 3, HSE.HSE_IO_FINAL_SEND])
        assert.throws(() => ecb.writeClient(Buffer.from('x'), flags as 1), isError('ERROR_INVALID_PARAMETER'));
      for (const buffer of ['text', undefined, null, 7])
        assert.throws(() => ecb.writeClient(buffer as never), isError('ERROR_INVALID_PARAMETER'));
    });
  });
});
