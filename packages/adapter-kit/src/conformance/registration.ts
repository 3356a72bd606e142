import assert from 'node:assert/strict';
import { sleep, until } from '@baton/core';
import { poolCreated, settingsOfListeners } from '../testing/scripted-was.ts';
import type { Case } from './case.ts';

/** How long nothing may happen where something would be wrong, ms. */
const QUIET_MS = 300;

/** Registering, Connected, InitializationCompleted, Disconnected, Unregister. */
export const REGISTRATION: readonly Case[] = [
  {
    title: 'registers with its id, its protocol and the secret of the cluster, and without channels at first',
    run: async ({ was, subject }) => {
      const { adapterId, protocolId, channels } = await was.nth('register');
      assert.deepEqual([adapterId, protocolId, channels.length], ['a1', subject.protocol, 0]);
      assert.equal(was.authorizations[0], 'Bearer s3cret');
    },
  },
  {
    title: 'takes no traffic before InitializationCompleted',
    stage: {
      before: (was) => {
        was.completes = false;
      },
    },
    run: async (stage) => {
      const early = stage.send('early', { limitMs: QUIET_MS });
      const outcome = await early;
      assert.notEqual(outcome.kind, 'answered');
      if (stage.subject.onFailure !== 'keep')
        assert.equal(outcome.kind, stage.subject.onFailure === 'silent' ? outcome.kind : 'unreachable');
      assert.equal(stage.was.opens.length, 0, 'an Open before InitializationCompleted');
      stage.was.complete();
      assert.deepEqual((await stage.activate('after')).outcome, { kind: 'answered', text: 'after' });
    },
  },
  {
    title: 'leaves a WAS that sends something before ConfigManagerConnected, and registers again',
    stage: {
      before: (was) => {
        was.answersRegister = false;
      },
    },
    run: async ({ was }) => {
      was.answersRegister = true;
      was.send(poolCreated('shop'));
      await was.nth('register', 2);
    },
  },
  {
    title: 'serves on while WAS is away (onWasLost: serve), and tells the next one its channels, each with its blob and who is eligible',
    run: async (stage) => {
      const { open } = await stage.activate();
      stage.was.down();
      assert.deepEqual(await stage.send('meanwhile'), { kind: 'answered', text: 'meanwhile' });
      await stage.was.up();
      const { channels, highestEpoch } = await stage.was.nth('register', 2);
      assert.equal(highestEpoch, 1);
      const [channel] = channels;
      assert.deepEqual([channels.length, channel?.poolId, channel?.channelId], [1, 'shop', open.channelId]);
      assert.ok(Buffer.from(channel!.blob).equals(Buffer.from(open.blob)), 'the same blob');
      assert.deepEqual([channel!.slots[0]?.slot, channel!.slots[0]?.eligibleWorkerId], ['shop/1', 'w1']);
      assert.deepEqual(await stage.send('again'), { kind: 'answered', text: 'again' });
      assert.equal(stage.was.opens.length, 1, 'it was open already');
    },
  },
  {
    title: 'stops listening and forgets everything while WAS is away, where the setting is stopListening, and begins anew when it is back',
    stage: { first: [settingsOfListeners('stopListening')] },
    run: async (stage) => {
      const { open, worker } = await stage.activate();
      stage.was.down();
      await worker.ended;
      const outcome = await stage.send('meanwhile', { limitMs: QUIET_MS });
      assert.notEqual(outcome.kind, 'answered');
      await stage.was.up();
      assert.equal((await stage.was.nth('register', 2)).channels.length, 0, 'channels are forgotten');
      const sent = stage.sendOnce('back');
      const next = await stage.was.nthOpen(2);
      assert.equal(next.permission, 0, 'the first Open of a new channel');
      assert.notEqual(next.channelId, open.channelId, 'an id is not used twice');
      stage.worker(next, 2);
      assert.deepEqual(await sent, { kind: 'answered', text: 'back' });
    },
  },
  {
    title: 'takes leave in order: CloseAll of each channel, AllStopped, Unregister, and nothing after that',
    stage: {
      before: (was) => {
        was.answersCloseAll = false;
      },
    },
    run: async (stage) => {
      const { open } = await stage.activate();
      const stopping = stage.stop();
      await until(() => stage.was.closeAlls.length === 1, 20_000, 'CloseAll', 2);
      await sleep(50);
      assert.ok(!stage.was.calls.includes('unregister'), 'Unregister waits for AllStopped');
      stage.was.allStopped(open.poolId, open.channelId);
      await stopping;
      assert.deepEqual(stage.was.calls, ['open', 'closeAll', 'unregister']);
    },
  },
];
