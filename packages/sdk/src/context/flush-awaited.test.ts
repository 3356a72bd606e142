import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import type { HttpModule } from '../pipeline/module.ts';
import { registering, servePipeline } from '../pipeline/testing/serve-pipeline.ts';
import type { DataChunk } from './data-chunk.ts';

const SIZES = [1_000, 8 << 20];
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'baton-flush-'));
  for (const size of SIZES) await writeFile(join(folder, `${size}`), Buffer.alloc(size, 'x'));
});
after(() => rm(folder, { recursive: true, force: true }));

const PIECES: Readonly<Record<string, (size: number) => DataChunk>> = {
  memory: (size) => Buffer.alloc(size, 'x'),
  'a file': (size) => ({ type: 'file', file: join(folder, `${size}`) }),
  'a stream': (size) => ({
    type: 'stream',
    stream: Readable.from(
      Array.from({ length: Math.ceil(size / 65_536) }, (_, index) => Buffer.alloc(Math.min(65_536, size - index * 65_536), 'x')),
    ),
  }),
};

/** Reads an answer in small steps, so that its sender has to wait again and again. */
async function readSlowly(url: string): Promise<number> {
  let bytes = 0;
  const reader = (await fetch(url)).body!.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    bytes += read.value.byteLength;
    await new Promise(setImmediate);
  }
  return bytes;
}

suite('a flush that its module waits for settles with its bytes, once they are on their way:', () => {
  for (const [what, pieceOf] of Object.entries(PIECES))
    for (const size of SIZES)
      for (const asked of ['', ', seen by a module of RQ_SEND_RESPONSE'])
        test(`${size} bytes of ${what}${asked}, and a second one behind it`, async () => {
          const flushed: number[] = [];
          const module: HttpModule = {
            async onBeginRequest(context) {
              const response = context.getResponse();
              for (let count = 0; count < 2; count++) {
                response.writeEntityChunkByReference(pieceOf(size));
                flushed.push(await response.flush());
              }
              return RQ_NOTIFICATION_FINISH_REQUEST;
            },
            ...(asked && { onSendResponse: async () => RQ_NOTIFICATION_CONTINUE }),
          };
          const { url, log, isEmpty } = await servePipeline(
            { m: registering(module) },
            { options: () => ({ deadlineAtMs: Date.now() + 20_000 }) },
          );
          const bytes = await readSlowly(url);
          await isEmpty();
          assert.deepEqual([bytes, flushed, log], [2 * size, [size, size], []]);
        });
});

test('an app that writes behind a file of a module, held meanwhile, is told that there is room again', async () => {
  let written = 0;
  const module: HttpModule = {
    onSendResponse(context, provider) {
      if (provider.getHeadersBeingSent())
        context.getResponse().writeEntityChunkByReference({ type: 'file', file: join(folder, `${8 << 20}`) }, 0);
      return RQ_NOTIFICATION_CONTINUE;
    },
  };
  const { url, isEmpty } = await servePipeline(
    { m: registering(module) },
    {
      app(_req, res) {
        const more = (): void => {
          while (written < 64) {
            written++;
            if (!res.write(Buffer.alloc(65_536, 'a'))) return void res.once('drain', more);
          }
          res.end();
        };
        more();
      },
    },
  );
  assert.equal(await readSlowly(url), (8 << 20) + 64 * 65_536);
  await isEmpty();
});
