import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from './host-error.ts';

test('an error of another copy of this package is known as one', () => {
  const other = Object.assign(new Error('x'), { code: 'ERROR_BUSY', number: 170, [Symbol.for('baton.host-error')]: true });
  assert.ok(HostError.is(other));
  assert.ok(HostError.is(other, 'ERROR_BUSY'));
  assert.equal(HostError.is(other, 'ERROR_NOT_FOUND'), false);
  assert.equal(HostError.is(new Error('x')), false);
  assert.equal(HostError.is(null), false);
});
