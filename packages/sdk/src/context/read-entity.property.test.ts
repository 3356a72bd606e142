import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { RQ_BEGIN_REQUEST, RQ_READ_ENTITY } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import { HostError } from '../errors/host-error.ts';
import type { ModuleRegistrationInfo } from '../pipeline/registration-info.ts';
import { startTestHost } from '../testing/index.ts';
import type { HttpContext } from './http-context.ts';
import type { ReadEntityProvider } from './providers.ts';

/** How a module answers: at once, as a promise, or PENDING and completed in a later turn. */
type Answer = 'at once' | 'promise' | 'pending';

interface Plan {
  /** Bytes of each piece that the client sends. */
  readonly pieces: readonly number[];
  /** Turns of the event loop between them. */
  readonly gaps: readonly number[];
  readonly answers: readonly Answer[];
  /** What a module reads in RQ_BEGIN_REQUEST, and whether it puts that back. */
  readonly peeks: readonly number[];
  readonly putsBack: boolean;
  /** How much the app reads at once; 0 = it flows. */
  readonly reads: number;
  /** Turns before the app begins. */
  readonly late: number;
}

const few = (max: number) => fc.integer({ min: 0, max });
const plan: fc.Arbitrary<Plan> = fc.record({
  pieces: fc.array(fc.oneof(few(10), few(150_000)), { maxLength: 6 }),
  gaps: fc.array(few(4), { minLength: 1, maxLength: 6 }),
  answers: fc.array(fc.constantFrom<Answer>('at once', 'promise', 'pending'), { minLength: 1, maxLength: 4 }),
  peeks: fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 3 }),
  putsBack: fc.boolean(),
  reads: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100_000 })),
  late: few(5),
});

const turns = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index++) await turn();
};

/** A module that marks each byte once it has seen it, and one that reads before the app. */
function modulesOf({ answers, peeks, putsBack }: Plan, peeked: Buffer[]) {
  let calls = 0;
  const mark = (provider: ReadEntityProvider): void => provider.setEntity(provider.getEntity().map((byte) => byte + 1));
  const marks = {
    onReadEntity(context: HttpContext, provider: ReadEntityProvider) {
      const answer = answers[calls++ % answers.length]!;
      if (answer === 'promise')
        return turn().then(() => {
          mark(provider);
          return RQ_NOTIFICATION_CONTINUE;
        });
      mark(provider);
      if (answer === 'at once') return RQ_NOTIFICATION_CONTINUE;
      setImmediate(() => context.indicateCompletion(RQ_NOTIFICATION_CONTINUE));
      return RQ_NOTIFICATION_PENDING;
    },
  };
  const reads = {
    async onBeginRequest(context: HttpContext) {
      for (const size of peeks) {
        const buffer = Buffer.alloc(size);
        try {
          peeked.push(buffer.subarray(0, await context.getRequest().readEntityBody(buffer)));
        } catch (error) {
          // What was read ahead may still be with the module.
          if (!HostError.is(error, 'ERROR_HANDLE_EOF') && !HostError.is(error, 'ERROR_BUSY')) throw error;
        }
      }
      if (putsBack) context.getRequest().insertEntityBody(Buffer.concat(peeked.splice(0)));
      return RQ_NOTIFICATION_CONTINUE;
    },
  };
  const register = (handlers: object, mask: number) => ({
    registerModule: (_version: number, info: ModuleRegistrationInfo) =>
      info.setRequestNotifications({ getHttpModule: () => handlers as never }, mask, 0),
  });
  return { marks: register(marks, RQ_READ_ENTITY), reads: register(reads, RQ_BEGIN_REQUEST) };
}

async function readAll(req: IncomingMessage, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  if (size === 0) req.on('data', (chunk) => chunks.push(chunk));
  else
    req.on('readable', () => {
      for (let chunk = req.read(size) ?? req.read(); chunk !== null; chunk = req.read(size) ?? req.read()) chunks.push(chunk);
    });
  await once(req, 'end');
  return Buffer.concat(chunks);
}

test('however a body comes, modules answer and readers read, each byte is shown once, in its order, and none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (one) => {
      const peeked: Buffer[] = [];
      await using host = await startTestHost({
        modules: modulesOf(one, peeked),
        app: async (req, res) => {
          await turns(one.late);
          res.end(await readAll(req, one.reads));
        },
      });
      const sent = request(host.url, { method: 'POST', agent: false });
      const answered = once(sent, 'response');
      const body = Buffer.concat(one.pieces.map((bytes, index) => Buffer.alloc(bytes, (index + 1) * 10)));
      for (let index = 0, at = 0; index < one.pieces.length; index++) {
        sent.write(body.subarray(at, at + one.pieces[index]!));
        at += one.pieces[index]!;
        await turns(one.gaps[index % one.gaps.length]!);
      }
      sent.end();
      const [response] = (await answered) as [IncomingMessage];
      assert.equal(response.statusCode, 200, JSON.stringify(host.log));
      const read = Buffer.concat([...peeked, ...(await response.toArray())]);
      assert.equal(read.length, body.length);
      assert.ok(
        read.every((byte, index) => byte === body[index]! + 1),
        'each byte was marked once, in its place',
      );
    }),
    { numRuns: 150 },
  );
});
