import assert from 'node:assert/strict';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../../constants/statuses.ts';
import { HostError } from '../../errors/host-error.ts';
import type { HandlerResult } from '../../pipeline/module.ts';
import { registering, servePipeline } from '../../pipeline/testing/serve-pipeline.ts';
import type { DataChunk } from '../data-chunk.ts';
import type { HttpContext } from '../http-context.ts';

const endless = (): Readable => new Readable({ read() {} });

/** One request, answered by a module in RQ_BEGIN_REQUEST; its client leaves when `leave` settles. */
async function run(answer: (context: HttpContext) => HandlerResult, leave?: Promise<unknown>) {
  const { url, log, isEmpty } = await servePipeline({ answering: registering({ onBeginRequest: answer }) });
  const client = request(url, { agent: false });
  client.on('error', () => {});
  client.on('response', (response) => response.on('error', () => {}).resume());
  client.end();
  const closed = new Promise((resolve) => client.on('close', resolve));
  await leave;
  if (leave) client.destroy();
  await closed;
  await isEmpty();
  return log;
}

suite('a stream that a module has given to its response, and that is not sent, lets go of what it has open', () => {
  test('when the client has left while the module had the request', async () => {
    const stream = endless();
    const asked = Promise.withResolvers<HttpContext>();
    const left = run((context) => {
      context.getResponse().writeEntityChunks({ type: 'stream', stream });
      asked.resolve(context);
      return RQ_NOTIFICATION_PENDING;
    }, asked.promise);
    const context = await asked.promise;
    while (context.getConnection().isConnected()) await sleep(2);
    context.indicateCompletion(RQ_NOTIFICATION_FINISH_REQUEST);
    await left;
    assert.equal(stream.destroyed, true);
  });

  test('when it is given after the client has left', async () => {
    const stream = endless();
    const asked = Promise.withResolvers<void>();
    await run(async (context) => {
      asked.resolve();
      while (context.getConnection().isConnected()) await sleep(2);
      context.getResponse().writeEntityChunks({ type: 'stream', stream });
      return RQ_NOTIFICATION_FINISH_REQUEST;
    }, asked.promise);
    assert.equal(stream.destroyed, true);
  });

  test('when the module fails behind it', async () => {
    const stream = endless();
    const log = await run((context) => {
      context.getResponse().writeEntityChunks({ type: 'stream', stream });
      throw new Error('after all');
    });
    assert.match(log[0]!.message, /after all/);
    assert.equal(stream.destroyed, true);
  });

  test('when a file before it is not there', async () => {
    const stream = endless();
    const log = await run((context) => {
      context.getResponse().writeEntityChunks([
        { type: 'file', file: '/there/is/none' },
        { type: 'stream', stream },
      ]);
      return RQ_NOTIFICATION_FINISH_REQUEST;
    });
    assert.match(log[0]!.message, /ENOENT/);
    assert.equal(stream.destroyed, true);
  });

  test('but one that clear takes out is the module’s again', async () => {
    const stream = endless();
    await run((context) => {
      const response = context.getResponse();
      response.writeEntityChunks({ type: 'stream', stream });
      response.clear();
      return RQ_NOTIFICATION_FINISH_REQUEST;
    });
    assert.equal(stream.destroyed, false);
  });
});

test('a stream that fails before it is read ends no process', async () => {
  const stream = endless();
  const log = await run(async (context) => {
    context.getResponse().writeEntityChunks({ type: 'stream', stream });
    stream.destroy(new Error('the disk is gone'));
    await sleep(5);
    return RQ_NOTIFICATION_FINISH_REQUEST;
  });
  assert.match(log.map(({ message }) => message).join('\n'), /the disk is gone/);
});

for (const [chunk, expected] of [
  [undefined, /got undefined/],
  [7, /got number/],
  [{ type: 'file' }, /"file" with a path or a FileHandle as file.*got one of type "file"/],
  [{ type: 'stream', stream: {} }, /"stream" with a stream that can be read; got one of type "stream" with type, stream/],
] as const)
  test(`a piece that is none, ${JSON.stringify(chunk)}, is refused by a word on what pieces are`, async () => {
    let error: unknown;
    await run((context) => {
      try {
        context.getResponse().writeEntityChunks(chunk as unknown as DataChunk);
      } catch (caught) {
        error = caught;
      }
      return RQ_NOTIFICATION_FINISH_REQUEST;
    });
    assert.ok(HostError.is(error, 'ERROR_INVALID_PARAMETER'), String(error));
    assert.match((error as Error).message, expected);
  });
