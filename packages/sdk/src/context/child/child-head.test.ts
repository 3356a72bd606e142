import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLONE_FLAG_BASICS } from '../../constants/child-flags.ts';
import { RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import type { HttpContext } from '../http-context.ts';
import { CONTINUE, get, serveModule } from '../testing/serve-module.ts';
import { readHead } from './child-head.ts';

test('fields that an app gives to writeHead alone, which Node keeps nowhere, are in the response of the parent of its child', async () => {
  const { talk } = await serveModule(
    {
      async onBeginRequest(context: HttpContext) {
        if (context.getParentContext()) return CONTINUE;
        context.getResponse().setHeader('X-Both', 'parent');
        const child = context.cloneContext(CLONE_FLAG_BASICS);
        await context.executeRequest(child);
        context.releaseClonedContext(child);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    },
    (_req, res) => {
      res.writeHead(201, 'Made', ['X-Both', 'child', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Content-Length', '4']);
      res.end('milk');
    },
  );
  const answer = await talk(get('/'));
  assert.match(answer, /^HTTP\/1\.1 201 Made\r\n/);
  assert.match(answer, /set-cookie: a=1\r\nset-cookie: b=2\r\n/i);
  assert.match(answer, /x-both: child\r\n/i);
  assert.doesNotMatch(answer, /parent/);
  assert.match(answer, /content-length: 4\r\n/i);
  assert.match(answer, /\r\n\r\nmilk$/);
});

test('a head is read as Node renders it', () => {
  const { statusCode, reason, fields, contentLength } = readHead(
    'HTTP/1.1 200 OK\r\nX-Tea: a: b\r\nX-Empty: \r\nContent-Length: 3\r\nConnection: close',
  );
  assert.deepEqual([statusCode, reason, fields, contentLength], [200, 'OK', ['X-Tea', 'a: b', 'X-Empty', ''], '3']);
  assert.deepEqual(readHead('HTTP/1.1 204 ').fields, []);
});
