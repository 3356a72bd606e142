import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userName } from './user-name.ts';

test('a user is named as in passwd, and by number when no entry names the uid', () => {
  assert.equal(
    userName(() => ({ username: 'ann' })),
    'ann',
  );
  const nobody = (): never => {
    throw Object.assign(new Error('uv_os_get_passwd returned ENOENT'), { code: 'ERR_SYSTEM_ERROR' });
  };
  assert.equal(userName(nobody, 100_100), 'uid-100100');
});
