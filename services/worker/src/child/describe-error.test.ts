import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatonError } from '@baton/core';
import { describeError } from './describe-error.ts';

function withStack(error: Error, stack: string): Error {
  error.stack = stack;
  return error;
}

test('the first line and the first place outside Node', () => {
  const error = withStack(
    new RangeError('too far\nmore'),
    'RangeError: too far\n    at Module.load (node:internal/modules/cjs/loader:12:3)\n    at go (/srv/app/server.js:3:9)\n    at /srv/app/other.js:1:1',
  );
  assert.equal(describeError(error), 'RangeError: too far (/srv/app/server.js:3:9)');
});

test('a place given as URL, without a function', () => {
  const error = withStack(new Error('no'), 'Error: no\n    at file:///srv/app/main.mjs:7:1');
  assert.equal(describeError(error), 'Error: no (/srv/app/main.mjs:7:1)');
});

test('a syntax error names its file first', () => {
  const error = withStack(
    new SyntaxError("Unexpected token '='"),
    "/srv/app/server.js:2\nconst = 1;\n      ^\n\nSyntaxError: Unexpected token '='",
  );
  assert.equal(describeError(error), "SyntaxError: Unexpected token '=' (/srv/app/server.js:2)");
});

test('what is no error at all', () => {
  assert.equal(describeError('a word'), 'threw a word');
  assert.equal(describeError(undefined), 'threw undefined');
});

test('an error of Baton is its message alone', () => {
  const error = new BatonError(
    'EXTENSION_FAILED',
    'the extension of application shop was not loaded: Error: no licence (/srv/app/shop.js:1:1)',
  );
  assert.equal(describeError(error), error.message);
});
