import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeReason } from './describe-reason.ts';

test('the HRESULT of an unwell worker stands behind its reason, as eight digits, however long the reason is', () => {
  assert.equal(describeReason('the cache is corrupt', 0x8007_0057), 'the cache is corrupt (0x80070057)');
  assert.equal(
    describeReason('the cache is corrupt', -2_147_024_809),
    'the cache is corrupt (0x80070057)',
    'signed, as the original has it',
  );
  assert.equal(describeReason('x'.repeat(1_000), 5), `${'x'.repeat(300)} (0x00000005)`);
  assert.equal(describeReason('', 5), '0x00000005');
  for (const none of [0, undefined, Number.NaN, '5']) assert.equal(describeReason('well', none), 'well');
});
