import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { helloMessage } from '../codec/handshake.ts';
import { packetOf, unwrapPacket } from '../codec/packet.ts';
import { batches, brokenBatches } from '../testing/arbitraries.ts';
import { HELLO, RawLink, rawAdapter, rawWorkers } from '../testing/raw-peer.ts';
import { requestHead } from '../testing/requests.ts';

const input = fc.array(fc.oneof(brokenBatches, batches), { minLength: 1, maxLength: 12 });
const RUNS = { numRuns: 400 };

/** How a session may end by what its peer sent: as a violation, or because the bytes happened to be a refusal. */
const CAUSES = ['PROTOCOL', 'SESSION_CLOSED'];

test('whatever a worker sends, the adapter goes on or ends that session as a violation', async () => {
  await fc.assert(
    fc.asyncProperty(input, async (list) => {
      const { connect, closed, server } = rawWorkers();
      const { link, session } = await connect();
      const resets: string[] = [];
      for (let count = 0; count < 3; count++) {
        const request = session.open(requestHead(), false, {
          onInterim() {},
          onHead() {},
          onData() {},
          onEnd() {},
          onReset: (cause) => void resets.push(cause),
          onCredit() {},
        });
        request.write(Buffer.alloc(10));
      }
      for (const batch of list) link.give(batch);
      await turn();
      if (session.state === 'closed') {
        assert.equal(closed.length, 1);
        assert.ok(CAUSES.includes(closed[0]!), closed[0]);
        assert.ok(link.isOver);
        assert.equal(session.inFlight, 0);
      } else assert.equal(session.state, 'open');
      server.close();
    }),
    RUNS,
  );
});

test('whatever an adapter sends, the worker goes on or ends that session as a violation, and opens no more than it was asked to', async () => {
  await fc.assert(
    fc.asyncProperty(input, async (list) => {
      let opened = 0;
      const { worker, links, errors } = rawAdapter({
        onRequest: () => {
          opened++;
          return { onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
        },
      });
      for (const batch of list) links[0]!.give(batch);
      await turn();
      const bytes = list.reduce((sum, batch) => sum + batch.length, 0);
      assert.ok(opened * 20 <= bytes);
      if (worker.state === 'closed') {
        assert.equal(errors.length, 1);
        assert.equal(worker.inFlight, 0);
      } else assert.ok(worker.state === 'open' || worker.state === 'handshaking');
      worker.close('done');
    }),
    RUNS,
  );
});

test('whatever a link begins with, it is refused unless it is a hello that is known', async () => {
  const hello = unwrapPacket(packetOf(helloMessage(HELLO)));
  const broken = fc.oneof(
    brokenBatches,
    fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
      const changed = Buffer.from(hello);
      for (const [at, byte] of changes) changed[at] = byte;
      return changed;
    }),
    fc.nat(hello.length).map((length) => hello.subarray(0, length)),
    fc.json().map((json) => Buffer.concat([hello.subarray(0, 24), Buffer.from(json)])),
  );
  await fc.assert(
    fc.asyncProperty(broken, async (bytes) => {
      const { server, connected } = rawWorkers();
      const link = new RawLink();
      server.accept((receiver) => {
        link.receiver = receiver;
        return link;
      });
      link.give(bytes);
      await turn();
      await turn();
      const answer = link.handshake;
      assert.ok(answer?.type === 'refuse' || answer?.type === 'welcome');
      assert.equal(link.isOver, answer.type === 'refuse');
      assert.equal(connected.length, 0);
      server.close();
    }),
    RUNS,
  );
});
