import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FRAME } from '../codec/frame-types.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { Sender } from './sender.ts';

/** Writes 20 frames in one turn; how many messages went out before it ended, and after. */
async function send20(cutFrames?: number): Promise<[during: number, after: number]> {
  const sent: Buffer[] = [];
  const sender = new Sender(DEFAULT_LIMITS);
  sender.attach({ ...(cutFrames && { cutFrames }), send: (message) => void sent.push(message), destroy() {}, end() {} });
  for (let id = 0; id < 20; id++) sender.number(FRAME.credit, id, 1);
  const during = sent.length;
  await setImmediate();
  sender.clear();
  return [during, sent.length];
}

test('a link that sends at once gets a batch every few frames, one that waits for the end of the turn gets one', async () => {
  assert.deepEqual(await send20(8), [2, 3]);
  assert.deepEqual(await send20(), [0, 1]);
});

test('frames written while there is no link are not cut small', () => {
  const sender = new Sender(DEFAULT_LIMITS);
  sender.attach({ cutFrames: 2, send() {}, destroy() {}, end() {} });
  sender.detach();
  for (let id = 0; id < 20; id++) sender.number(FRAME.credit, id, 1);
  assert.equal(sender.outbox.last, 0);
  sender.clear();
});
