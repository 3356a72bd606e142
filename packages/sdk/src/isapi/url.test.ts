import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostError } from '../errors/host-error.ts';
import { decodedPathOf, encodePath, normalizeUrl } from './url.ts';

test('a path is brought into its plain form', () => {
  const forms: Record<string, string> = {
    '/': '/',
    '/a/b': '/a/b',
    '/a//b/./c/../d': '/a/b/d',
    '/a%20b': '/a b',

    '/a\\b': '/a/b',
    '/a/': '/a/',
    '/a/b/..': '/a/',
    '/a/..': '/',
    '/a?x=/../y': '/a?x=/../y',
  };
  for (const [url, plain] of Object.entries(forms)) {
    if (plain.startsWith('/')) assert.equal(normalizeUrl(url), plain, url);
  }
  assert.equal(normalizeUrl('\\a\\b'), '/a/b');
});

test('a path that leads above the root, is badly encoded or holds NUL is refused', () => {
  for (const url of ['/..', '/a/../../b', '/%2e%2e/etc', '/..%5c..', '/%zz', '/%ff', '/a%00b', 'a/b', '', 7])
    assert.throws(
      () => normalizeUrl(url as string),
      (error) => HostError.is(error, 'ERROR_INVALID_PARAMETER'),
      String(url),
    );
});

test('it is decoded once', () => {
  assert.equal(normalizeUrl('/%252e%252e/x'), '/%2e%2e/x');
});

test('the path of a request target is decoded where it can be, and goes back into a URL', () => {
  const targets: [string, string][] = [
    ['/a%20b?c=%20#d', '/a b'],
    ['http://host:80/a?b', '/a'],
    ['/%zz', '/%zz'],
    ['*', '*'],
    ['/x?u=http://host/', '/x'],
  ];
  for (const [target, path] of targets) assert.equal(decodedPathOf(target), path, target);
  assert.equal(encodePath('/a b/50%/käse?'), '/a%20b/50%25/k%C3%A4se%3F');
});
