import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PoolPlace, Tally } from '@baton/adapter-kit';
import { createPlace, FakeSession } from '@baton/adapter-kit/testing';
import { FakeClient } from '../testing/fake-client.ts';
import type { Exchange } from './exchange.ts';

/** A pool with worker w1 serving and w2 connected as its replacement in recycle r1; the clock stands still until it is set. */
class Scene {
  nowMs = 1_000;
  readonly tallies: Tally[] = [];
  readonly place: PoolPlace = createPlace({
    now: () => this.nowMs,
    onTally: (tally) => {
      if (!this.tallies.includes(tally)) this.tallies.push(tally);
    },
  });
  readonly client = new FakeClient();
  readonly old = new FakeSession();
  readonly next = new FakeSession({ generation: 2, role: 'replacement:r1' });

  constructor() {
    this.place.connected(this.old);
    this.place.connected(this.next);
  }

  send(more: Parameters<FakeClient['send']>[2] = {}): Exchange {
    return this.client.send(this.place, () => this.nowMs, more);
  }

  handover(from = 'w1', to = 'w2', recycleId = 'r1'): number {
    const answer = this.place.handover({ recycleId, slot: 'shop/1', from, to, onlyIfIdle: false });
    assert.ok(answer.kind === 'done');
    return answer.inFlight;
  }

  /** Figures of the only recycle. */
  get figures(): readonly (number | boolean)[] {
    assert.equal(this.tallies.length, 1);
    const { inFlight, finished, moved, replayed, failed, isFinal } = this.tallies[0]!;
    return [inFlight, finished, moved, replayed, failed, isFinal];
  }
}

describe('what a recycle did to the requests it found in flight', () => {
  it('counts those on the old worker only, and each once when it ends', () => {
    const scene = new Scene();
    scene.send();
    scene.send();
    assert.equal(scene.handover(), 2);
    scene.send();
    assert.deepEqual(scene.figures, [2, 0, 0, 0, 0, false]);
    scene.next.streams[0]!.answer();
    scene.old.streams[0]!.answer();
    assert.deepEqual(scene.figures, [2, 1, 0, 0, 0, false]);
    scene.nowMs = 1_250;
    scene.old.streams[1]!.answer('not found', 404);
    assert.deepEqual(scene.figures, [2, 2, 0, 0, 0, true]);
    assert.equal(scene.tallies[0]!.lastEndedAtMs, 1_250);
    assert.equal(scene.tallies[0]!.longestHoldMs, 0);
  });

  it('is final at once when nothing was in flight', () => {
    const scene = new Scene();
    scene.send();
    scene.old.streams[0]!.answer();
    assert.equal(scene.handover(), 0);
    assert.deepEqual(scene.figures, [0, 0, 0, 0, 0, true]);
    assert.equal(scene.tallies[0]!.lastEndedAtMs, 0);
  });

  it('counts a client that left as finished', () => {
    const scene = new Scene();
    const exchange = scene.send();
    scene.handover();
    exchange.onClientGone();
    assert.deepEqual(scene.figures, [1, 1, 0, 0, 0, true]);
  });

  it('counts what the old worker refused as moved once another has it, with how long that took', () => {
    const scene = new Scene();
    scene.send({ method: 'POST' });
    scene.nowMs = 1_010;
    scene.handover();
    scene.next.writable = false;
    scene.old.streams[0]!.sendReset('NOT_BEGUN');
    assert.deepEqual(scene.figures, [1, 0, 0, 0, 0, false]);
    scene.nowMs = 1_040;
    scene.next.writable = true;
    scene.place.changed();
    assert.deepEqual(scene.figures, [1, 0, 1, 0, 0, true]);
    assert.equal(scene.tallies[0]!.longestHoldMs, 40);
  });

  it('counts a moved request that nobody takes in time as failed', () => {
    const scene = new Scene();
    const exchange = scene.send({ limits: { queueTimeoutMs: 100 } });
    scene.handover();
    scene.next.writable = false;
    scene.old.streams[0]!.sendReset('NOT_BEGUN');
    scene.nowMs = 1_100;
    exchange.onDeadline();
    assert.deepEqual(scene.figures, [1, 0, 0, 0, 1, true]);
  });

  it('counts a client that left between two workers as finished', () => {
    const scene = new Scene();
    const exchange = scene.send();
    scene.handover();
    scene.next.writable = false;
    scene.old.streams[0]!.sendReset('NOT_BEGUN');
    exchange.onClientGone();
    assert.deepEqual(scene.figures, [1, 1, 0, 0, 0, true]);
  });

  it('counts what a worker killed at shutdownTimeLimit took along: safe requests replayed, the others failed', () => {
    const scene = new Scene();
    scene.send();
    scene.send({ method: 'POST' });
    scene.send();
    scene.send({ isReplaySafe: false });
    scene.old.streams[2]!.sendHead(200, [], 'chunked');
    assert.equal(scene.handover(), 4);
    scene.place.gone('shop/1', 'w1', 'killed at shutdownTimeLimit', true);
    assert.deepEqual(scene.figures, [4, 0, 0, 1, 3, true]);
    assert.equal(scene.next.streams.length, 1);
  });

  it('counts a broken connection as failed', () => {
    const scene = new Scene();
    scene.send();
    scene.handover();
    scene.old.streams[0]!.sendHead(200, [], 'chunked').sendReset('LINK_LOST');
    assert.deepEqual(scene.figures, [1, 0, 0, 0, 1, true]);
  });

  it('keeps the first count when the hand-over is taken back', async () => {
    const scene = new Scene();
    scene.send();
    assert.equal(scene.handover(), 1);
    scene.send();
    assert.equal(scene.handover('w2', 'w1'), 1);
    await scene.old.acknowledgeResume();
    scene.send();
    assert.equal(scene.old.inFlight, 2);
    scene.old.streams[1]!.answer();
    scene.next.streams[0]!.answer();
    assert.deepEqual(scene.figures, [1, 0, 0, 0, 0, false]);
    scene.old.streams[0]!.answer();
    assert.deepEqual(scene.figures, [1, 1, 0, 0, 0, true]);
  });

  it('counts a request for each of two recycles that found it on the same worker', async () => {
    const scene = new Scene();
    scene.send();
    scene.handover();
    scene.handover('w2', 'w1');
    await scene.old.acknowledgeResume();
    scene.place.connected(new FakeSession({ generation: 3, role: 'replacement:r2' }));
    assert.equal(scene.handover('w1', 'w3', 'r2'), 1);
    scene.old.streams[0]!.answer();
    assert.deepEqual(
      scene.tallies.map(({ recycleId, inFlight, finished, isFinal }) => [recycleId, inFlight, finished, isFinal]),
      [
        ['r1', 1, 1, true],
        ['r2', 1, 1, true],
      ],
    );
  });

  it('names the longest wait of what was parked because nobody was eligible', () => {
    const scene = new Scene();
    scene.handover('w1', '');
    scene.nowMs = 1_100;
    scene.send();
    scene.nowMs = 1_150;
    scene.send();
    scene.nowMs = 1_400;
    scene.place.connected(new FakeSession({ generation: 3 }));
    assert.deepEqual(scene.figures, [0, 0, 0, 0, 0, true]);
    assert.equal(scene.tallies[0]!.longestHoldMs, 300);
    scene.nowMs = 9_000;
    scene.place.changed();
    assert.equal(scene.tallies[0]!.longestHoldMs, 300, 'somebody is eligible since');
  });

  it('names the wait of a request that gave up waiting', () => {
    const scene = new Scene();
    scene.handover('w1', '');
    const exchange = scene.send();
    scene.nowMs = 1_200;
    exchange.onClientGone();
    assert.equal(scene.tallies[0]!.longestHoldMs, 200);
  });

  it('names the wait for the acknowledgement of a resume frame', async () => {
    const scene = new Scene();
    scene.handover();
    scene.handover('w2', 'w1');
    scene.send();
    scene.nowMs = 1_030;
    await scene.old.acknowledgeResume();
    assert.equal(scene.tallies[0]!.longestHoldMs, 30);
  });

  it('belongs to the recycle of the successor where a worker leaves before the Handover was heard of', () => {
    const scene = new Scene();
    scene.send();
    scene.place.leaving(Object.assign(scene.old, { leaving: true }), 'w2');
    assert.deepEqual(scene.figures, [1, 0, 0, 0, 0, false]);
    assert.equal(scene.tallies[0]!.recycleId, 'r1');
    assert.equal(scene.handover(), 1);
    scene.old.streams[0]!.answer();
    assert.deepEqual(scene.figures, [1, 1, 0, 0, 0, true]);
  });

  it('is claimed by the Handover that comes after its worker left for a successor nobody knew here', () => {
    const scene = new Scene();
    scene.send();
    scene.place.leaving(Object.assign(scene.old, { leaving: true }), 'w3');
    scene.old.streams[0]!.answer();
    assert.equal(scene.tallies.length, 0);
    scene.place.connected(new FakeSession({ generation: 3, role: 'replacement:r3' }));
    assert.equal(scene.handover('w1', 'w3', 'r3'), 1);
    assert.equal(scene.tallies[0]!.recycleId, 'r3');
    assert.deepEqual(scene.figures, [1, 1, 0, 0, 0, true]);
  });

  it('is not kept for an idle-out, which finds nothing in flight', () => {
    const scene = new Scene();
    scene.place.handover({ recycleId: 'i1', slot: 'shop/1', from: 'w1', to: '', onlyIfIdle: true });
    scene.send();
    assert.equal(scene.tallies.length, 0);
  });
});
