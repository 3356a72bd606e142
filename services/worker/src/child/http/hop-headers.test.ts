import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHopHeaders } from './hop-headers.ts';

const CASES: readonly [string, '1.0' | '1.1', readonly string[], boolean, string | undefined][] = [
  ['HTTP/1.1 keeps alive', '1.1', ['Host', 'a'], true, undefined],
  ['HTTP/1.0 does not', '1.0', ['Host', 'a'], false, undefined],
  ['close', '1.1', ['Connection', 'close'], false, undefined],
  ['close in capitals among others', '1.1', ['CONNECTION', 'x-hop, CLOSE'], false, undefined],
  ['close in a second line', '1.1', ['Connection', 'x-hop', 'connection', 'close'], false, undefined],
  ['a word that contains close', '1.1', ['Connection', 'x-close'], true, undefined],
  ['HTTP/1.0 with keep-alive', '1.0', ['Connection', 'Keep-Alive'], true, undefined],
  ['HTTP/1.0 with both', '1.0', ['Connection', 'keep-alive, close'], false, undefined],
  ['Expect', '1.1', ['Expect', '100-continue'], true, '100-continue'],
  ['other names of the same lengths', '1.1', ['Accept', '*/*', 'User-Agent', 'close'], true, undefined],
];

for (const [title, version, headers, keepAlive, expect] of CASES) {
  test(title, () => assert.deepEqual(readHopHeaders(headers, version), { keepAlive, expect }));
}
