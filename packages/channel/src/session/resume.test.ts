import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { defer, until } from '@baton/core';
import fc from 'fast-check';
import { createSessionPair } from '../create-session-pair.ts';
import { requestHead } from '../testing/requests.ts';
import type { ByteStream, ChannelLimits, RequestStream, ResponseStream } from '../types.ts';

/** So small that every run meets frame cuts, exhausted credit and a full session. */
const LIMITS: Partial<ChannelLimits> = { dataFrameBytes: 64, initialCredit: 256, maxUnackedBytes: 2_000, ackDelayMs: 1 };

const of = fc.nat(20);
const bytes = fc.nat(700);
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('open' as const) }),
    fc.record({ do: fc.constant('request' as const), of, bytes }),
    fc.record({ do: fc.constant('answer' as const), of, bytes }),
    fc.record({ do: fc.constant('endRequest' as const), of }),
    fc.record({ do: fc.constant('endAnswer' as const), of }),
    fc.record({ do: fc.constant('turns' as const), count: fc.nat(3) }),
    fc.record({ do: fc.constant('cut' as const), isAdapterTold: fc.boolean() }),
  ),
  { maxLength: 60, size: 'max' },
);

/** Bytes that tell where they belong: a lost, doubled or swapped one is seen. */
class Series {
  private at = 0;
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  take(length: number): Buffer {
    const chunk = Buffer.allocUnsafe(length);
    for (let index = 0; index < length; index++) chunk[index] = (this.seed + this.at++ * 7) & 0xff;
    return chunk;
  }

  expect(chunk: Buffer): void {
    assert.deepEqual(chunk, this.take(chunk.length));
  }

  get length(): number {
    return this.at;
  }
}

/** One direction of a request: what was sent, what arrived, whether its end did. */
class Half {
  readonly sent: Series;
  readonly got: Series;
  isEnded = false;
  ends = 0;

  constructor(seed: number) {
    this.sent = new Series(seed);
    this.got = new Series(seed);
  }

  check(): void {
    assert.equal(this.got.length, this.sent.length);
    assert.equal(this.ends, 1);
  }
}

class Exchange {
  readonly asked: Half;
  readonly answered: Half;
  adapter: RequestStream | undefined;
  worker: ResponseStream | undefined;

  constructor(seed: number) {
    this.asked = new Half(seed);
    this.answered = new Half(seed + 100);
  }
}

function receive(half: Half, stream: ByteStream, chunk: Buffer): void {
  assert.equal(half.ends, 0);
  half.got.expect(chunk);
  stream.consumed(chunk.length);
}

test('whenever links drop, every byte of every request arrives exactly once, in order, in both directions', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const exchanges: Exchange[] = [];
      const failures: unknown[] = [];
      const fail = (cause: unknown): void => void failures.push(cause);
      const attempt = (check: () => void): void => {
        try {
          check();
        } catch (error) {
          fail(error);
        }
      };
      const pair = await createSessionPair({
        limits: LIMITS,
        adapter: { onClosed: (_session, cause) => fail(cause) },
        worker: {
          onRequest: (stream) => {
            const exchange = exchanges[Number(stream.head.url)]!;
            if (exchange.worker) fail('a request was opened twice');
            exchange.worker = stream;
            stream.sendHead({ status: 200, reason: 'OK', headers: '', framing: 'chunked', close: false });
            return {
              onData: (chunk) => attempt(() => receive(exchange.asked, stream, chunk)),
              onEnd: () => exchange.asked.ends++,
              onReset: fail,
              onCredit: () => {},
            };
          },
        },
      });
      const open = (): void => {
        const exchange = new Exchange(exchanges.length);
        exchange.adapter = pair.adapter.open(requestHead({ url: String(exchanges.length) }), false, {
          onInterim: () => {},
          onHead: () => {},
          onData: (chunk) => attempt(() => receive(exchange.answered, exchange.adapter!, chunk)),
          onEnd: () => exchange.answered.ends++,
          onReset: fail,
          onCredit: () => {},
        });
        exchanges.push(exchange);
      };
      open();
      for (const step of list) {
        const exchange = exchanges['of' in step ? step.of % exchanges.length : 0]!;
        if (step.do === 'open') open();
        else if (step.do === 'cut') pair.network.cut(step.isAdapterTold);
        else if (step.do === 'turns') for (let count = step.count; count > 0; count--) await turn();
        else if (step.do === 'request' && !exchange.asked.isEnded) exchange.adapter!.write(exchange.asked.sent.take(step.bytes));
        else if (step.do === 'answer' && !exchange.answered.isEnded) exchange.worker?.write(exchange.answered.sent.take(step.bytes));
        else if (step.do === 'endRequest') end(exchange.asked, exchange.adapter);
        else if (step.do === 'endAnswer') end(exchange.answered, exchange.worker);
      }
      await until(() => exchanges.every((exchange) => exchange.worker), 10_000, 'every request to be opened', 1);
      for (const exchange of exchanges) {
        end(exchange.asked, exchange.adapter);
        end(exchange.answered, exchange.worker);
      }
      const isCalm = (): boolean => pair.adapter.inFlight === 0 && pair.worker.inFlight === 0 && pair.worker.settled;
      await until(isCalm, 10_000, 'everything to arrive', 1);
      assert.deepEqual(failures, []);
      for (const { asked, answered } of exchanges) {
        asked.check();
        answered.check();
      }
      pair.close();
    }),
    { numRuns: 150 },
  );
});

function end(half: Half, stream: { end(): void } | undefined): void {
  if (half.isEnded || !stream) return;
  half.isEnded = true;
  stream.end();
}

test('a link that goes silent is noticed by the worker, which resumes over a new one', async () => {
  const resumed = defer();
  const pair = await createSessionPair({
    limits: { keepaliveMs: 20 },
    adapter: { onResumed: () => resumed.resolve() },
    worker: { onRequest: () => ({ onData() {}, onEnd() {}, onReset() {}, onCredit() {} }) },
  });
  pair.network.fallSilent();
  await resumed.promise;
  assert.equal(pair.adapter.state, 'open');
  assert.equal(pair.network.dials, 2);
  pair.close();
});

test('a worker that finds no link within the limit ends its requests with LINK_LOST on both ends', async () => {
  const closed = defer<string>();
  const workerClosed = defer<Error>();
  const reset = defer<string>();
  const workerReset = defer<string>();
  const begun = defer();
  const pair = await createSessionPair({
    limits: { resumeLimitMs: 30 },
    adapter: { onClosed: (_session, cause) => closed.resolve(cause) },
    worker: {
      onRequest: () => {
        begun.resolve();
        return { onData() {}, onEnd() {}, onReset: (cause) => workerReset.resolve(cause), onCredit() {} };
      },
      onClosed: (_session, error) => workerClosed.resolve(error),
    },
  });
  pair.adapter.open(requestHead(), true, { onInterim() {}, onHead() {}, onData() {}, onEnd() {}, onReset: reset.resolve, onCredit() {} });
  await begun.promise;
  pair.network.isUp = false;
  pair.network.cut();
  assert.equal(await closed.promise, 'LINK_LOST');
  assert.equal(await reset.promise, 'LINK_LOST');
  assert.equal(await workerReset.promise, 'LINK_LOST');
  assert.equal(((await workerClosed.promise) as { code?: string }).code, 'CHANNEL_RESUME_EXPIRED');
  assert.equal(pair.adapter.state, 'closed');
});
