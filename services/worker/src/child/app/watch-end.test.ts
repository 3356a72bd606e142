import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameEnd } from './watch-end.ts';

const error = Object.assign(new Error('broken'), { stack: 'Error: broken\n    at /app/a.js:1:2' });
const LOADING = { isListening: false, entering: '', preloading: '' };
const LISTENING = { isListening: true, entering: 'b', preloading: '/warm' };

test('an end that nobody ordered is named by what is known of it', () => {
  assert.deepEqual(nameEnd(1, { error }, LOADING), { code: 'APP_THREW', message: 'Error: broken (/app/a.js:1:2)' });
  assert.deepEqual(nameEnd(1, { error }, LISTENING), { code: 'APP_CRASHED', message: 'Error: broken (/app/a.js:1:2)' });
  assert.deepEqual(nameEnd(0, undefined, LOADING), {
    code: 'APP_EXITED',
    message: 'the app ended its process with code 0 before it listened',
  });
  assert.deepEqual(nameEnd(3, undefined, { isListening: false, entering: '', preloading: '/warm' }), {
    code: 'APP_EXITED',
    message: 'the app ended its process with code 3 during the preload of /warm',
  });
  const second = { ...LOADING, entering: 'b' };
  assert.deepEqual(nameEnd(1, { error }, second), { code: 'APP_THREW', message: 'application b: Error: broken (/app/a.js:1:2)' });
  assert.equal(nameEnd(0, undefined, second).message, 'application b ended its process with code 0 before it listened');
  assert.deepEqual(nameEnd(3, undefined, LISTENING), { code: 'APP_CRASHED', message: 'the app ended its process with code 3' });
});

test('an error that the app handled is not the cause of a later end', () => {
  assert.equal(nameEnd(0, { error }, LOADING).code, 'APP_EXITED');
});
