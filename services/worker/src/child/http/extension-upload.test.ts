import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { suite, test } from 'node:test';
import { defer, until } from '@baton/core';
import {
  type ExtensionControlBlock,
  HSE_REQ_ASYNC_READ_CLIENT,
  HSE_REQ_DONE_WITH_SESSION,
  HSE_REQ_IO_COMPLETION,
  HSE_STATUS_ERROR,
  HSE_STATUS_PENDING,
  HSE_STATUS_SUCCESS_AND_KEEP_CONN,
  type HttpContext,
  type ReadEntityProvider,
  RQ_BEGIN_REQUEST,
  RQ_NOTIFICATION_CONTINUE,
  RQ_READ_ENTITY,
} from '@baton/sdk';
import { ExtensionHost, extensionServices, type HostedServer, Pipeline, ThreadPool, type WorkerProcessSettings } from '@baton/sdk/host';
import { type Served, serve } from '../testing/serve.ts';

type Proc = (ecb: ExtensionControlBlock) => unknown;

/** An extension as a worker serves it, behind a module where handlers are given. */
async function listen(
  httpExtensionProc: Proc,
  limits = {},
  handlers?: { readonly bits: number } & Record<string, unknown>,
): Promise<Served> {
  const pool = new ThreadPool();
  const log = (_level: string, message: string, fields?: Record<string, unknown>): never =>
    assert.fail(`${message} ${String(fields?.error)}`);
  const settings = { shutdownTimeLimitMs: 10_000 } as WorkerProcessSettings;
  const server = { getWorkerProcessSettings: () => settings } as HostedServer;
  const pipeline = new Pipeline({ server, pool, app: { id: 'shop', configPath: 'apps/shop', physicalPath: '/srv/shop' }, log });
  if (handlers)
    await pipeline.register('tested', {
      registerModule: (_version: number, info: { setRequestNotifications(factory: object, mask: number, post: number): void }) =>
        info.setRequestNotifications({ getHttpModule: () => handlers }, handlers.bits, 0),
    });
  const host = new ExtensionHost({ httpExtensionProc }, extensionServices({ server, pool, log, application: pipeline.application }));
  await host.load();
  return await serve(createServer(host.handle), limits, undefined, pipeline);
}

/** Reads all of the body into one buffer of `size` bytes and answers its length and digest, waiting before each read for `pause`. */
function digest(size: number, pause?: () => Promise<unknown>): Proc {
  return (ecb) => {
    const hash = createHash('sha256').update(ecb.data);
    const buffer = Buffer.alloc(size);
    let total = ecb.availableBytes;
    ecb.serverSupportFunction(
      HSE_REQ_IO_COMPLETION,
      async (ecb: ExtensionControlBlock, _context: unknown, bytes: number, error: number) => {
        total += bytes;
        hash.update(buffer.subarray(0, bytes));
        await pause?.();
        if (bytes > 0) return ecb.serverSupportFunction(HSE_REQ_ASYNC_READ_CLIENT, buffer);
        await ecb.writeClient(Buffer.from(`${total} ${hash.digest('hex')}`));
        ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION, error ? HSE_STATUS_ERROR : HSE_STATUS_SUCCESS_AND_KEEP_CONN);
      },
    );
    ecb.serverSupportFunction(HSE_REQ_ASYNC_READ_CLIENT, buffer);
    return HSE_STATUS_PENDING;
  };
}

const put = (body: Buffer) => ({ method: 'PUT', headers: ['Host', 'a.test', 'Content-Length', `${body.length}`], body });
const answerTo = (body: Buffer): string => `${body.length} ${createHash('sha256').update(body).digest('hex')}`;
const turn = () => new Promise(setImmediate);

/** Bytes of which no two parts are alike. */
function scattered(length: number): Buffer {
  const body = Buffer.alloc(length);
  for (let at = 0; at < length; at++) body[at] = Math.imul(at, 0x9e37_79b1) >>> 24;
  return body;
}

suite('in a worker, an extension reads a body', () => {
  const body = scattered(3_000_001);
  for (const size of [10_000, 65_536, 262_144, 5_000_000])
    for (const [how, pause] of [
      ['at once', undefined],
      ['with other work between its reads', turn],
    ] as const)
      test(`whole and in order, into ${size} bytes, ${how}`, async () => {
        using served = await listen(digest(size, pause));
        const { body: answer, reset } = await served.ask(put(body)).done;
        assert.equal(reset, undefined);
        assert.equal(String(answer), answerTo(body));
      });

  test('of no more than was there before the call', async () => {
    using served = await listen(digest(100));
    for (const length of [0, 1, 49_151, 49_152, 49_153]) {
      const { body: answer } = await served.ask(put(body.subarray(0, length))).done;
      assert.equal(String(answer), answerTo(body.subarray(0, length)));
    }
  });

  test('and holds its client up for as long as it reads nothing', async () => {
    const paused = defer();
    const goes = defer();
    const pause = (): Promise<void> => {
      paused.resolve();
      return goes.promise;
    };
    using served = await listen(digest(200_000, pause), { initialCredit: 100_000 });
    const asked = served.ask({ ...put(body), body: undefined as never, isOpen: true });
    asked.stream.write(body);
    asked.stream.end();
    await paused.promise;
    await until(
      () => served.pair.adapter.state === 'open' && asked.stream.buffered < body.length - 100_000,
      10_000,
      'the credit to be used',
    );
    await turn();
    assert.ok(asked.stream.buffered >= body.length - 400_000, `${asked.stream.buffered} bytes wait and more should`);
    goes.resolve();
    assert.equal(String((await asked.done).body), answerTo(body));
  });

  test('of which a module has read a part', async () => {
    let taken = 0;
    const onBeginRequest = async (context: HttpContext): Promise<number> => {
      taken = await context.getRequest().readEntityBody(Buffer.alloc(1_000));
      return RQ_NOTIFICATION_CONTINUE;
    };
    using served = await listen(digest(50_000, turn), {}, { bits: RQ_BEGIN_REQUEST, onBeginRequest });
    const { body: answer, reset } = await served.ask(put(body)).done;
    assert.equal(reset, undefined);
    assert.equal(String(answer), answerTo(body.subarray(taken)));
  });

  test('that modules of RQ_READ_ENTITY have seen', async () => {
    const seen = createHash('sha256');
    const onReadEntity = (_context: HttpContext, provider: ReadEntityProvider): number => {
      seen.update(provider.getEntity());
      return RQ_NOTIFICATION_CONTINUE;
    };
    using served = await listen(digest(50_000, turn), {}, { bits: RQ_READ_ENTITY, onReadEntity });
    const { body: answer, reset } = await served.ask(put(body)).done;
    assert.equal(reset, undefined);
    assert.equal(String(answer), answerTo(body));
    assert.equal(`${body.length} ${seen.digest('hex')}`, answerTo(body));
  });

  test('that breaks off: the read ends without bytes and with an error', async () => {
    const ends: number[][] = [];
    using served = await listen((ecb) => {
      ecb.serverSupportFunction(HSE_REQ_IO_COMPLETION, (ecb: ExtensionControlBlock, _context: unknown, bytes: number, error: number) => {
        ends.push([bytes, error]);
        if (error === 0) ecb.serverSupportFunction(HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10_000_000));
        else ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION, HSE_STATUS_ERROR);
      });
      ecb.serverSupportFunction(HSE_REQ_ASYNC_READ_CLIENT, Buffer.alloc(10_000_000));
      return HSE_STATUS_PENDING;
    });
    const asked = served.ask({ ...put(body), body: undefined as never, isOpen: true });
    asked.stream.write(body.subarray(0, 100_000));
    await until(() => ends.reduce((sum, [bytes]) => sum + bytes!, 0) === 100_000 - 49_152, 10_000, 'what came to be read');
    asked.stream.reset('CLIENT_CLOSED');
    await until(() => ends.at(-1)![1] !== 0, 10_000, 'the read to end');
    assert.deepEqual(ends.at(-1), [0, 995]);
  });

  test('and leaves the rest: the request ends, and the channel goes on', async () => {
    using served = await listen(async (ecb) => {
      await ecb.writeClient(Buffer.from(`${ecb.availableBytes}`));
      return HSE_STATUS_SUCCESS_AND_KEEP_CONN;
    });
    for (let round = 0; round < 3; round++) {
      const { body: answer } = await served.ask(put(body)).done;
      assert.equal(String(answer), '49152');
    }
    await until(() => served.pair.worker.inFlight === 0, 10_000, 'the rest of the bodies to be taken');
  });
});
