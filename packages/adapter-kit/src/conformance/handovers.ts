import assert from 'node:assert/strict';
import { sleep, until } from '@baton/core';
import type { Case } from './case.ts';

const LOAD = 60;

const texts = (prefix: string, count = LOAD): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** Hand-over, drain, leaving, and deaths of workers. */
export const HANDOVERS: readonly Case[] = [
  {
    title: 'hands over in one step under load: nothing is lost, nothing done twice, and nothing new goes to the old worker',
    run: async (stage) => {
      const { open, worker: w1 } = await stage.activate();
      const w2 = await stage.replacement(open, 2);
      const sent: Promise<unknown>[] = [];
      let done: Promise<number> | undefined;
      const all = texts('load');
      for (const [n, text] of all.entries()) {
        sent.push(stage.send(text));
        if (n === LOAD / 2) done = stage.handOver('w1', 'w2');
        await sleep(1);
      }
      await done;
      assert.deepEqual(
        await Promise.all(sent),
        all.map((text) => ({ kind: 'answered', text })),
      );
      assert.deepEqual([...w1.begun, ...w2.begun].sort(), ['first', ...all].sort(), 'each exactly once');
      const before = w1.begun.length;
      assert.deepEqual(await stage.send('after'), { kind: 'answered', text: 'after' });
      assert.deepEqual([w1.begun.length, w2.begun.at(-1)], [before, 'after']);
    },
  },
  {
    title: 'says notReady for a worker that is not connected, and busy where idle was asked and work is in flight',
    run: async (stage) => {
      const { worker } = await stage.activate();
      stage.was.send({ case: 'handover', value: stage.was.handoverOf('shop', 'w1', 'w9') });
      assert.equal((await stage.was.nth('handoverAnswer')).answer.case, 'notReady');
      worker.isHolding = true;
      const sent = stage.send('held');
      await worker.hasBegun('held');
      stage.was.send({ case: 'handover', value: stage.was.handoverOf('shop', 'w1', '', { onlyIfIdle: true }) });
      assert.equal((await stage.was.nth('handoverAnswer', 2)).answer.case, 'busy');
      worker.release();
      assert.deepEqual(await sent, { kind: 'answered', text: 'held' });
    },
  },
  {
    title: 'lets what is in flight end on the old worker, names what holds it, and reports what became of it once the last has ended',
    run: async (stage) => {
      const { open, worker: w1 } = await stage.activate();
      w1.isHolding = true;
      const held = stage.send('held');
      await w1.hasBegun('held');
      await stage.replacement(open, 2);
      assert.equal(await stage.handOver('w1', 'w2'), 1);
      assert.deepEqual(await stage.send('next'), { kind: 'answered', text: 'next' });
      const going = await stage.was.nth('recycleReport');
      assert.deepEqual([going.final, going.holderCount, going.holders.length], [false, 1, 1]);
      assert.equal(going.holders[0]!.appKey, 'shop');
      assert.notEqual(going.holders[0]!.what, '', 'it is named');
      assert.ok(w1.isDrained);
      w1.release();
      assert.deepEqual(await held, { kind: 'answered', text: 'held' });
      await until(() => stage.was.all('recycleReport').some(({ final }) => final), 10_000, 'the last report', 2);
      const last = stage.was.all('recycleReport').at(-1)!;
      assert.deepEqual(
        [last.recycleId, last.inFlightAtHandover, last.finished, last.moved, last.failed, last.holderCount],
        ['r1', 1, 1, 0, 0, 0],
      );
    },
  },
  {
    title: 'takes a worker that says that it leaves out, and gives the next work to its successor',
    run: async (stage) => {
      const { open, worker: w1 } = await stage.activate();
      const w2 = await stage.replacement(open, 2);
      (await w1.session).leave('w2');
      await until(() => w1.isDrained, 10_000, 'the leaving worker to be drained', 2);
      assert.deepEqual(await stage.send('next'), { kind: 'answered', text: 'next' });
      assert.deepEqual([w1.begun, w2.begun], [['first'], ['next']]);
    },
  },
  {
    title: 'moves what a worker gave back without having begun it, and nobody notices',
    run: async (stage) => {
      const { open, worker: w1 } = await stage.activate();
      const w2 = await stage.replacement(open, 2);
      w1.isStopping = true;
      const sent = texts('moved', 5).map((text) => stage.send(text));
      await w1.hasUnbegun(5);
      await stage.handOver('w1', 'w2');
      w1.refuse();
      const outcomes = await Promise.all(sent);
      assert.deepEqual(
        outcomes,
        texts('moved', 5).map((text) => ({ kind: 'answered', text })),
      );
      assert.deepEqual([...w2.begun].sort(), texts('moved', 5));
    },
  },
  {
    title: 'reports what a dead worker had begun, parks what comes next, and gives it to the next worker',
    run: async (stage) => {
      const { onFailure } = stage.subject;
      const { open, worker: w1 } = await stage.activate();
      stage.permit(open, 1);
      w1.isHolding = true;
      const begun = stage.send('begun', { limitMs: onFailure === 'silent' ? 3_000 : 20_000 });
      await w1.hasBegun('begun');
      stage.was.send({ case: 'instanceGone', value: stage.was.goneOf('shop', 'w1') });
      await w1.ended;
      const next = stage.send('next');
      const again = await stage.was.nthOpen(2);
      const late = stage.worker(again, 1);
      assert.match(String(await late.ended), /not let in/, 'the dead stay out');
      const w2 = stage.worker(again, 2);
      assert.deepEqual(await next, { kind: 'answered', text: 'next' });
      const outcome = await begun;
      if (onFailure === 'keep') assert.deepEqual([outcome, w2.begun.includes('begun')], [{ kind: 'answered', text: 'begun' }, true]);
      else assert.equal(outcome.kind === 'answered' && !w2.begun.includes('begun'), false, 'an answer that no worker gave');
    },
  },
];
