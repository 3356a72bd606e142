import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import { HostError } from '../errors/host-error.ts';
import type { HttpContext } from './http-context.ts';
import type { HttpResponse } from './http-response.ts';
import { get, serveModule } from './testing/serve-module.ts';

const folder = mkdtempSync(join(tmpdir(), 'response-'));
const file = join(folder, 'page.txt');
writeFileSync(file, '0123456789'.repeat(20_000));
after(() => rmSync(folder, { recursive: true }));

/** What a response says when a module has answered in BEGIN_REQUEST. */
async function answer(act: (response: HttpResponse, context: HttpContext) => unknown, request = get()): Promise<string> {
  const { talk } = await serveModule({
    onBeginRequest: async (context) => {
      await act(context.getResponse(), context);
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
  });
  return await talk(request);
}

/** For a line of a table: the last of what was done. */
const last = <T>(...values: [...unknown[], T]): T => values.at(-1) as T;

const headOf = (text: string): string => text.slice(0, text.indexOf('\r\n\r\n'));
const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);
const fieldOf = (text: string, name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'im').exec(headOf(text))?.[1]?.trim();

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return HostError.is(error) ? error.code : String(error);
  }
  return 'none';
}

suite('what a module answers in place of the app', () => {
  test('goes out behind END_REQUEST with its length', async () => {
    const seen: string[] = [];
    const { talk } = await serveModule({
      onBeginRequest(context) {
        context.getResponse().setStatus(403, 'Forbidden');
        context.getResponse().writeEntityChunks(['no ', Buffer.from('entry')]);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
      onEndRequest(context) {
        seen.push(`sent: ${context.getResponseHeadersSent()}`);
        context.getResponse().setHeader('X-Late', 'yes');
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    const text = await talk(get());
    assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n/);
    assert.equal(fieldOf(text, 'content-length'), '8');
    assert.equal(fieldOf(text, 'x-late'), 'yes');
    assert.equal(bodyOf(text), 'no entry');
    assert.deepEqual(seen, ['sent: false']);
  });

  test('is an empty 200 when it says nothing', async () => {
    const text = await answer(() => {});
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.equal(fieldOf(text, 'content-length'), '0');
  });

  test('has no entity for HEAD, and the length it would have', async () => {
    const text = await answer((response) => response.writeEntityChunks('hello'), get().replace('GET', 'HEAD'));
    assert.equal(fieldOf(text, 'content-length'), '5');
    assert.equal(bodyOf(text), '');
  });

  test('has neither entity nor length for 204', async () => {
    const text = await answer((response) => {
      response.writeEntityChunks('hello');
      response.setStatus(204, 'No Content');
    });
    assert.equal(fieldOf(text, 'content-length'), undefined);
    assert.equal(bodyOf(text), '');
  });

  test('may be of memory, files and streams, in the order written, with a length where each is known', async () => {
    const handle = await open(file);
    const text = await answer((response) => {
      response.writeEntityChunks([
        'a',
        { type: 'file', file, offset: 5, length: 7 },
        { type: 'file', file: handle, offset: 199_998 },
        { type: 'stream', stream: Readable.from(['xy', 'z']), length: 3 },
      ]);
      response.writeEntityChunkByReference('first ', 0);
      response.writeEntityChunkByReference(' last', -1);
    });
    assert.equal((await handle.read(Buffer.alloc(1), 0, 1, 0)).bytesRead, 1, 'the handle is still the caller’s');
    await handle.close();
    assert.equal(bodyOf(text), 'first a567890189xyz last');
    assert.equal(fieldOf(text, 'content-length'), String('first a567890189xyz last'.length));
  });

  test('is chunked when the length of a stream is not known', async () => {
    const text = await answer((response) => response.writeEntityChunks({ type: 'stream', stream: Readable.from(['one', 'two']) }));
    assert.equal(fieldOf(text, 'transfer-encoding'), 'chunked');
    assert.equal(bodyOf(text), '3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
  });

  test('is a large file, whole', async () => {
    const text = await answer((response) => response.writeEntityChunks({ type: 'file', file }));
    assert.equal(bodyOf(text), '0123456789'.repeat(20_000));
  });

  test('is 500 when its file is not there', async () => {
    const { talk, log } = await serveModule({
      onBeginRequest(context) {
        context.getResponse().writeEntityChunks({ type: 'file', file: join(folder, 'none') });
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    });
    const text = await talk(get());
    assert.match(text, /^HTTP\/1\.1 500 /);
    assert.equal(log.length, 1);
    assert.match(String(log[0]?.fields?.error ?? log[0]?.message), /ENOENT|could not be sent/);
  });

  test('goes out at a flush, and ends with one without more data', async () => {
    const sent: number[] = [];
    const text = await answer(async (response) => {
      response.writeEntityChunks('one');
      sent.push(await response.flush());
      response.writeEntityChunks('two');
      sent.push(await response.flush(false));
      assert.equal(
        codeOf(() => response.setStatus(404, 'Not Found')),
        'ERROR_INVALID_STATE',
      );
      assert.equal(
        codeOf(() => response.setHeader('x', 'y')),
        'ERROR_INVALID_STATE',
      );
      assert.equal(
        codeOf(() => response.deleteHeader('x')),
        'ERROR_INVALID_STATE',
      );
      assert.equal(
        codeOf(() => response.writeEntityChunks('three')),
        'ERROR_INVALID_STATE',
      );
      response.redirect('/elsewhere');
    });
    assert.deepEqual(sent, [3, 3]);
    assert.match(text, /^HTTP\/1\.1 200 OK/);
    assert.equal(bodyOf(text), '3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
    assert.equal(fieldOf(text, 'location'), undefined);
  });

  test('goes out with each write once buffering is off', async () => {
    const sent: unknown[] = [];
    const text = await answer(async (response) => {
      sent.push(response.writeEntityChunks('held'));
      response.disableBuffering();
      sent.push(await response.writeEntityChunks('now'));
      sent.push(response.getHeadersSent());
    });
    assert.deepEqual(sent, [0, 7, true]);
    assert.equal(bodyOf(text), '4\r\nheld\r\n3\r\nnow\r\n0\r\n\r\n');
  });

  test('is not held beyond 4 MiB', async () => {
    const text = await answer(async (response) => {
      assert.equal(response.writeEntityChunks(Buffer.alloc(4 * 1024 * 1024, 'x')), 0);
      assert.equal(await response.writeEntityChunks('x'), 4 * 1024 * 1024 + 1);
    });
    assert.equal(fieldOf(text, 'transfer-encoding'), 'chunked');
  });

  test('without headers is the whole message, and ends the connection', async () => {
    const text = await answer(
      (response) => {
        response.suppressHeaders();
        assert.equal(response.getHeadersSuppressed(), true);
        response.writeEntityChunks('HTTP/1.1 299 Mine\r\nX: y\r\n\r\nbody');
      },
      get().replace('close', 'keep-alive'),
    );
    assert.equal(text, 'HTTP/1.1 299 Mine\r\nX: y\r\n\r\nbody');
  });

  test('copies what it is given, and not what is given by reference', async () => {
    const text = await answer((response) => {
      const copied = Buffer.from('copied ');
      const referred = Buffer.from('before');
      response.writeEntityChunks(copied);
      response.writeEntityChunkByReference(referred);
      copied.fill('-');
      referred.write('after ');
    });
    assert.equal(bodyOf(text), 'copied after ');
  });

  test('may close the connection behind itself', async () => {
    const text = await answer(
      (response) => {
        response.setNeedDisconnect();
        assert.equal(response.getNeedDisconnect(), true);
      },
      get().replace('Connection: close\r\n', ''),
    );
    assert.equal(fieldOf(text, 'connection'), 'close');
  });

  test('may be a broken connection', async () => {
    for (const act of ['resetConnection', 'closeConnection'] as const)
      await assert.rejects(
        answer((response) => {
          response.writeEntityChunks('never');
          response[act]();
        }),
        /ECONNRESET/,
      );
  });
});

const RULES: readonly [title: string, act: (response: HttpResponse, context: HttpContext) => unknown, expected: unknown][] = [
  ['a status out of range', (r) => codeOf(() => r.setStatus(99, 'No')), 'ERROR_INVALID_PARAMETER'],
  ['an interim status', (r) => codeOf(() => r.setStatus(101, 'No')), 'ERROR_INVALID_PARAMETER'],
  ['a status that is no whole number', (r) => codeOf(() => r.setStatus(200.5, 'No')), 'ERROR_INVALID_PARAMETER'],
  ['a reason with a line end', (r) => codeOf(() => r.setStatus(200, 'a\r\nb')), 'ERROR_INVALID_DATA'],
  ['a reason that is too long', (r) => codeOf(() => r.setStatus(200, 'x'.repeat(513))), 'ERROR_INVALID_DATA'],
  ['the longest reason', (r) => codeOf(() => r.setStatus(200, 'x'.repeat(512))), 'none'],
  [
    'the status that was set',
    (r) => last(r.setStatus(404, 'Gone Fishing', 3, 0x80070002), r.getStatus()),
    { statusCode: 404, reason: 'Gone Fishing', subStatus: 3, hresult: 0x80070002 },
  ],
  ['the status that is there', (r) => r.getStatus(), { statusCode: 200, reason: 'OK', subStatus: 0, hresult: 0 }],
  ['a header in any case', (r) => last(r.setHeader('X-One', 'a'), r.getHeader('x-oNE')), 'a'],
  ['a header that is added to', (r) => last(r.setHeader('X', 'a'), r.setHeader('x', 'b', false), r.getHeader('X')), 'a, b'],
  ['a header that is replaced', (r) => last(r.setHeader('X', 'a'), r.setHeader('x', 'b'), r.getHeader('X')), 'b'],
  ['a header that is deleted', (r) => last(r.setHeader('X', 'a'), r.deleteHeader('x'), r.getHeader('X')), undefined],
  ['headers that are cleared', (r) => last(r.setHeader('X', 'a'), r.clearHeaders(), r.getHeader('X')), undefined],
  ['names of headers that were changed', (r) => last(r.setHeader('X-A', 'a'), r.deleteHeader('Y'), r.getHeaderChanges()), ['x-a', 'y']],
  ['a header name with a space', (r) => codeOf(() => r.setHeader('x y', 'a')), 'ERROR_INVALID_PARAMETER'],
  ['a header value with a line end', (r) => codeOf(() => r.setHeader('x', 'a\r\nb: c')), 'ERROR_INVALID_PARAMETER'],
  ['an error description, made harmless', (r) => last(r.setErrorDescription('<b>&"'), r.getErrorDescription()), '&lt;b&gt;&amp;&quot;'],
  ['an error description as it is', (r) => last(r.setErrorDescription('<b>', false), r.getErrorDescription()), '<b>'],
  ['pieces up to 65535', (r) => codeOf(() => r.writeEntityChunks(new Array(65_535).fill(''))), 'none'],
  [
    'one piece more',
    (r) =>
      last(
        r.writeEntityChunks(new Array(65_535).fill('')),
        codeOf(() => r.writeEntityChunks('x')),
      ),
    'ERROR_ARITHMETIC_OVERFLOW',
  ],
  ['65536 pieces at once', (r) => codeOf(() => r.writeEntityChunks(new Array(65_536).fill(''))), 'ERROR_ARITHMETIC_OVERFLOW'],
  ['a piece of no known type', (r) => codeOf(() => r.writeEntityChunks({ type: 'tape' } as never)), 'ERROR_INVALID_PARAMETER'],
  [
    'a piece with a negative offset',
    (r) => codeOf(() => r.writeEntityChunks({ type: 'file', file, offset: -1 })),
    'ERROR_INVALID_PARAMETER',
  ],
  ['a position beyond the pieces', (r) => codeOf(() => r.writeEntityChunkByReference('x', 2)), 'ERROR_INVALID_PARAMETER'],
  ['pieces that were cleared', (r) => last(r.writeEntityChunks('x'), r.clear(), r.getEntityChunks()), []],
  [
    'status and headers that were cleared',
    (r) => last(r.setStatus(404, 'No'), r.setHeader('x', 'y'), r.clear(), [r.getStatus().statusCode, r.getHeader('x')]),
    [200, undefined],
  ],
  [
    'a redirect',
    (r) =>
      last(r.writeEntityChunks('x'), r.setHeader('x', 'y'), r.redirect('/there'), [
        r.getStatus().statusCode,
        r.getHeader('location'),
        r.getHeader('x'),
        r.getEntityChunks().length,
      ]),
    [302, '/there', undefined, 0],
  ],
  [
    'a redirect that keeps its status',
    (r) => last(r.setStatus(307, 'Temporary Redirect'), r.redirect('/there', false), r.getStatus().statusCode),
    307,
  ],
  ['a redirect with the parameters of the request', (r) => last(r.redirect('/there', true, true), r.getHeader('location')), '/there?a=1'],
  [
    'a redirect with parameters of its own, too',
    (r) => last(r.redirect('/there?b=2', true, true), r.getHeader('location')),
    '/there?b=2&a=1',
  ],
];

suite('a response answers a module with', () => {
  for (const [title, act, expected] of RULES)
    test(title, async () => {
      let got: unknown;
      await answer((response, context) => {
        got = act(response, context);
        response.clear();
      }, get('/?a=1'));
      assert.deepEqual(got, expected);
    });
});

test('a flush while one is under way is refused', async () => {
  const codes: unknown[] = [];
  await answer(async (response) => {
    response.writeEntityChunks({ type: 'file', file });
    const first = response.flush();
    codes.push(await response.flush().catch((error: HostError) => error.code));
    await first;
  });
  assert.deepEqual(codes, ['ERROR_BUSY']);
});

test('a flush to a client that has left is an error of that name, and the request still ends', async () => {
  const outcome = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<void>();
  const { port } = await serveModule({
    onBeginRequest: async (context) => {
      const response = context.getResponse();
      try {
        for (;;) {
          response.writeEntityChunks(Buffer.alloc(1024 * 1024));
          await response.flush();
        }
      } catch (error) {
        outcome.resolve((error as HostError).code);
      }
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
    onEndRequest: () => last(ended.resolve(), RQ_NOTIFICATION_CONTINUE),
  });
  const client = connect(port, '127.0.0.1');
  client.write(get());
  await once(client, 'data');
  client.destroy();
  assert.equal(await outcome.promise, 'ERROR_CONNECTION_INVALID');
  await ended.promise;
});

test('cancelIo ends a flush that waits for the client', async () => {
  const outcome = Promise.withResolvers<string>();
  const { port } = await serveModule({
    onBeginRequest: async (context) => {
      const response = context.getResponse();
      response.writeEntityChunks({ type: 'stream', stream: Readable.from(endless()) });
      const flushed = response.flush().catch((error: HostError) => outcome.resolve(error.code));
      await sleep(50);
      context.cancelIo();
      await flushed;
      assert.equal(
        codeOf(() => context.cancelIo()),
        'ERROR_INVALID_HANDLE',
      );
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
  });
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {});
  client.write(get());
  assert.equal(await outcome.promise, 'ERROR_OPERATION_ABORTED');
});

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(65_536);
}
