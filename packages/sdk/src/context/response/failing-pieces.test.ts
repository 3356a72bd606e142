import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../../constants/statuses.ts';
import type { HttpModule } from '../../pipeline/module.ts';
import { registering, servePipeline } from '../../pipeline/testing/serve-pipeline.ts';
import type { DataChunk, StreamChunk } from '../data-chunk.ts';
import type { HttpContext } from '../http-context.ts';
import { get, talk } from '../testing/serve-module.ts';

const missing = (): StreamChunk => ({ type: 'stream', stream: createReadStream('/nope') });
const stream = (give: () => AsyncGenerator<string>): StreamChunk => ({ type: 'stream', stream: Readable.from(give()) });

/** What goes over the connection when modules have answered in RQ_BEGIN_REQUEST, "" where it breaks at once, and what is logged. */
async function run(modules: Record<string, HttpModule>, leftMs = 0) {
  const options = () => (leftMs > 0 ? { deadlineAtMs: Date.now() + leftMs } : {});
  const named = Object.fromEntries(Object.entries(modules).map(([name, module]) => [name, registering(module)]));
  const { url, log, isEmpty } = await servePipeline(named, {
    app: (_req, res) => void res.writeHead(404, { 'x-app': '1' }).end('app'),
    options,
  });
  const text = await talk(Number(new URL(url).port), get()).catch(() => '');
  await isEmpty();
  return { text, log: log.map(({ message }) => message), fields: log.map(({ fields }) => fields.module) };
}

/** The same where "answering" gives these pieces and finishes the request. */
const answer = (pieces: () => DataChunk | DataChunk[], prepare: (context: HttpContext) => void = () => {}) =>
  run({
    answering: {
      onBeginRequest(context) {
        prepare(context);
        context.getResponse().writeEntityChunks(pieces());
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    },
  });

suite('a piece that fails while nothing is out is a 500, logged with the name of the module that gave it:', () => {
  const PIECES: Readonly<Record<string, { pieces: () => DataChunk | DataChunk[]; error: RegExp }>> = {
    'a stream of a file that cannot be opened': { pieces: missing, error: /ENOENT/ },
    'a stream that fails before its first byte': {
      pieces: () =>
        stream(async function* () {
          yield* [];
          throw new Error('the disk is gone');
        }),
      error: /the disk is gone/,
    },
    'a stream behind an empty one': { pieces: () => [{ type: 'stream', stream: Readable.from([]) }, missing()], error: /ENOENT/ },
    'a file that cannot be opened': { pieces: () => ({ type: 'file', file: '/nope' }), error: /ENOENT/ },
    'a file that cannot be read': { pieces: () => ({ type: 'file', file: import.meta.dirname }), error: /EISDIR/ },
  };
  for (const [what, { pieces, error }] of Object.entries(PIECES))
    for (const [how, prepare] of [
      ['', undefined],
      [', also in place of a whole message', (context: HttpContext) => context.getResponse().suppressHeaders()],
    ] as const)
      test(what + how, async () => {
        const { text, log, fields } = await answer(pieces, prepare);
        assert.match(text, /^HTTP\/1\.1 500 Internal Server Error\r\n[\s\S]*\r\n\r\nInternal Server Error\n$/);
        assert.equal(log.length, 1);
        assert.match(log[0]!, /^Module "answering" failed in a piece of the response: /);
        assert.match(log[0]!, error);
        assert.deepEqual(fields, ['answering']);
      });

  test('of several modules the one whose piece it is', async () => {
    const giving = (give: () => DataChunk): HttpModule => ({
      onBeginRequest(context) {
        context.getResponse().writeEntityChunks(give());
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    const { text, fields } = await run({
      first: giving(() => stream(async function* () {})),
      second: giving(missing),
      third: giving(() => 'late'),
    });
    assert.match(text, /^HTTP\/1\.1 500 /);
    assert.deepEqual(fields, ['second']);
  });
});

suite('a piece that fails when something is out breaks the connection:', () => {
  for (const [what, pieces] of [
    ['behind bytes from memory', () => ['begun', missing()]],
    [
      'behind its own first bytes',
      () =>
        stream(async function* () {
          yield 'begun';
          await new Promise(setImmediate);
          throw new Error('the disk is gone');
        }),
    ],
  ] as const)
    test(what, async () => {
      const { text, log } = await answer(pieces as () => DataChunk[]);
      assert.doesNotMatch(text, /500|\r\n0\r\n\r\n$/);
      assert.match(log.join('\n'), /^Module "answering" failed in a piece of the response: .*(ENOENT|the disk is gone).*$/);
    });
});

suite('a flush of a stream that fails before its first byte', () => {
  test('is refused, and the module may answer otherwise', async () => {
    const { text, log } = await run({
      answering: {
        async onBeginRequest(context) {
          const response = context.getResponse();
          response.writeEntityChunks(missing());
          await assert.rejects(response.flush(), { code: 'ERROR_FILE_NOT_FOUND' });
          response.setStatus(404, 'Not Found');
          response.writeEntityChunks('none');
          return RQ_NOTIFICATION_FINISH_REQUEST;
        },
      },
    });
    assert.deepEqual([text.slice(0, 12), text.slice(-4), log], ['HTTP/1.1 404', 'none', []]);
  });

  const begun = (chunk: DataChunk): Record<string, HttpModule> => ({
    flushing: {
      async onBeginRequest(context) {
        context.getResponse().writeEntityChunks(chunk);
        context
          .getResponse()
          .flush()
          .catch(() => {});
        await new Promise(setImmediate);
        return RQ_NOTIFICATION_CONTINUE;
      },
    },
  });

  test('and that nobody waits for, is a 500, whatever the app says behind it', async () => {
    const failing = stream(async function* () {
      yield* [];
      await new Promise((resolve) => setTimeout(resolve, 30));
      throw new Error('the disk is gone');
    });
    const { text, fields } = await run(begun(failing));
    assert.match(text, /^HTTP\/1\.1 500 /);
    assert.doesNotMatch(text, /app/);
    assert.deepEqual(fields, ['flushing']);
  });

  test('but one that only takes its time has the head, and what the app says comes behind it', async () => {
    const slow = stream(async function* () {
      await new Promise((resolve) => setTimeout(resolve, 30));
      yield 'slow ';
    });
    const { text, log } = await run(begun(slow));
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n5\r\nslow \r\n3\r\napp\r\n0\r\n\r\n$/);
    assert.doesNotMatch(text, /x-app/);
    assert.deepEqual(log, []);
  });

  for (const [what, prepare, moreData] of [
    ['ends the response', () => {}, false],
    ['has a fixed length', (context: HttpContext) => context.getResponse().setHeader('content-length', '4'), true],
  ] as const)
    test(`nor is the app asked behind one that takes its time and ${what}`, async () => {
      const { text, log } = await run({
        flushing: {
          onBeginRequest(context) {
            prepare(context);
            const slow = stream(async function* () {
              await new Promise((resolve) => setTimeout(resolve, 30));
              yield 'slow';
            });
            context.getResponse().writeEntityChunks(slow);
            context
              .getResponse()
              .flush(moreData)
              .catch(() => {});
            return RQ_NOTIFICATION_CONTINUE;
          },
        },
      });
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n(4\r\nslow\r\n0\r\n\r\n|slow)$/);
      assert.deepEqual(log, []);
    });
});

test('bytes that come when another answer has taken their place are not sent', async () => {
  const read = Promise.withResolvers<{ bytesRead: number }>();
  const file = { stat: async () => ({ size: 4 }), read: () => read.promise, close: async () => {} } as unknown as FileHandle;
  const { text } = await run(
    {
      flushing: {
        onBeginRequest(context) {
          context.getResponse().writeEntityChunks({ type: 'file', file });
          context
            .getResponse()
            .flush()
            .catch(() => {});
          return RQ_NOTIFICATION_PENDING;
        },
        async onLogRequest() {
          read.resolve({ bytesRead: 4 });
          await new Promise(setImmediate);
          return RQ_NOTIFICATION_CONTINUE;
        },
      },
    },
    200,
  );
  assert.match(text, /^HTTP\/1\.1 504 [\s\S]*\r\n\r\nGateway Timeout\n$/);
});
