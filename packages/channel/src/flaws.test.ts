import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { until } from '@baton/core';
import { createSessionPair } from './create-session-pair.ts';
import { collectAnswer, echo, requestHead } from './testing/requests.ts';
import { SocketPair } from './testing/socket-pair.ts';

// Each test is named after an entry of FLAWS in test/model, and takes both real ends of a channel along its shortest trace.

describe('the flaws of the model, on a channel', () => {
  for (let turns = 0; turns <= 4; turns++) {
    it(`no replayFrames: a link that drops ${turns} turns after open and drain were written loses neither, nor runs a request twice`, async () => {
      const read: string[] = [];
      await using pair = disposable(
        await createSessionPair({
          worker: {
            onRequest: (stream) => {
              read.push(`begin ${stream.head.url}`);
              return echo(stream);
            },
            onDrain: () => void read.push('drain'),
          },
        }),
      );
      const answer = collectAnswer();
      pair.adapter.open(requestHead({ method: 'POST', url: '/unsafe' }), true, answer.handler);
      pair.adapter.drain();
      for (let passed = 0; passed < turns; passed++) await turn();
      pair.network.cut();
      assert.equal((await answer.done).head.status, 200);
      await until(() => pair.worker.drained && pair.worker.settled, 5_000, 'the drain frame', 2);
      assert.deepEqual(read, ['begin /unsafe', 'drain']);
      assert.equal(pair.adapter.inFlight, 0);
    });
  }

  for (let turns = 0; turns <= 8; turns++) {
    it(`no replayFrames: a lane whose connection drops ${turns} turns after open and drain were written loses neither, nor runs a request twice`, async () => {
      const read: string[] = [];
      await using pair = await SocketPair.open({
        over: 'lane',
        worker: {
          onRequest: (stream) => {
            read.push(`begin ${stream.head.url}`);
            return echo(stream);
          },
          onDrain: () => void read.push('drain'),
        },
      });
      const answer = collectAnswer();
      pair.adapter.open(requestHead({ method: 'POST', url: '/unsafe' }), true, answer.handler);
      pair.adapter.drain();
      for (let passed = 0; passed < turns; passed++) await turn();
      pair.proxy.cut();
      assert.equal((await answer.done).head.status, 200);
      await until(() => pair.worker.drained && pair.worker.settled, 5_000, 'the drain frame', 2);
      assert.deepEqual(read, ['begin /unsafe', 'drain']);
      assert.equal(pair.adapter.inFlight, 0);
      await until(() => pair.proxy.connections === 2, 5_000, 'the second connection', 2);
    });
  }

  it('no resumeAcked: a worker told to stop before it reads the resume frame does not acknowledge it, and stays drained', async () => {
    await using pair = disposable(await createSessionPair({ worker: { onRequest: echo } }));
    pair.adapter.drain();
    await until(() => pair.worker.drained, 5_000, 'the drain frame', 2);
    const resumed = pair.adapter.resume();
    pair.worker.leave('w3');
    await assert.rejects(resumed);
    assert.deepEqual([pair.worker.drained, pair.adapter.leaving], [true, true]);
  });
});

function disposable<P extends { close(): void }>(pair: P): P & AsyncDisposable {
  return Object.assign(pair, { [Symbol.asyncDispose]: async () => pair.close() });
}
