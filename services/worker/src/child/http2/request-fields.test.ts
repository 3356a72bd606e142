import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { createServer } from 'node:http2';
import { test } from 'node:test';
import { serve } from '../testing/serve.ts';

/** RFC 9113, 8.3.1 and RFC 9112, 3.2: method and target in the form of HTTP/1.1, and the path that an app of HTTP/2 is given. */
const TARGETS: readonly (readonly [method: string, target: string, path: string])[] = [
  ['GET', '/', '/'],
  ['GET', '/a/b?c=/d', '/a/b?c=/d'],
  ['GET', '//a', '//a'],
  ['OPTIONS', '*', '*'],
  ['GET', 'http://h', '/'],
  ['GET', 'http://h/', '/'],
  ['GET', 'http://h:81/a?b', '/a?b'],
  ['GET', 'http://h?x', '/?x'],
  ['GET', 'http://h?x=/y', '/?x=/y'],
  ['GET', 'http://h?x=http://i/y', '/?x=http://i/y'],
  ['GET', 'HTTPS://[::1]:81?x', '/?x'],
  ['GET', 'http://h?', '/?'],
  ['OPTIONS', 'http://h', '*'],
  ['OPTIONS', 'http://h/', '/'],
  ['OPTIONS', 'http://h?x', '/?x'],
];

test('a request target of every form reaches an app of HTTP/2 as the path that says the same', async () => {
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.headers[':path']);
    response.end('ok');
  });
  using served = await serve(server as unknown as Server);
  for (const [method, url] of TARGETS) {
    const { reset, head } = await served.ask({ method, url, headers: ['Host', 'h'] }).done;
    assert.deepEqual([url, reset, head?.status], [url, undefined, 200]);
  }
  assert.deepEqual(
    TARGETS.map(([method, url], at) => [method, url, paths[at]]),
    TARGETS,
  );
});
