import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkerRecord } from './record.ts';
import { EFFECT_MEANINGS, type Effect, WORKER_EVENTS, WORKER_STATES, type WorkerEventName, type WorkerState } from './states.ts';
import { FINAL_STATES, TABLE, transition } from './transition.ts';

const record = (state: WorkerState, more: Partial<WorkerRecord> = {}): WorkerRecord => ({
  id: 'w1',
  pool: 'shop',
  slot: 'shop/1',
  generation: 1,
  state,
  host: 'h1',
  role: 'activation',
  reason: 'first-request',
  decidedAtMs: 0,
  sinceMs: 0,
  ...more,
});

/** The states a worker goes through. */
function walk(from: WorkerState, events: readonly WorkerEventName[]): WorkerState[] {
  let worker = record(from);
  return events.map((name, index) => {
    const moved = transition(worker, { name }, index + 1);
    assert.ok(moved, `${worker.state} refuses ${name}`);
    worker = moved.worker;
    return worker.state;
  });
}

describe('the life of a worker: paths that work', () => {
  const paths: [string, WorkerEventName[], WorkerState[]][] = [
    [
      'a start, an idle-out and its end',
      ['placed', 'seen', 'listening', 'connected', 'stopWanted', 'stopReported', 'exitedPlanned'],
      ['starting', 'starting', 'connecting', 'ready', 'draining', 'stopping', 'gone'],
    ],
    ['no host at first', ['noHost', 'placed', 'seen'], ['placing', 'starting', 'starting']],
    ['a host that refuses, then another', ['placed', 'refused', 'placed', 'listening'], ['starting', 'placing', 'starting', 'connecting']],
    ['an app that throws while it loads', ['placed', 'seen', 'exitedFailed'], ['starting', 'starting', 'failed']],
    [
      'an app that never listens',
      ['placed', 'seen', 'startLimit', 'stopReported', 'exitedFailed'],
      ['starting', 'starting', 'stopping', 'stopping', 'failed'],
    ],
    ['one that reaches only some channels', ['placed', 'listening', 'partlyConnected'], ['starting', 'connecting', 'ready']],
    ['a crash', ['placed', 'listening', 'connected', 'exitedFailed'], ['starting', 'connecting', 'ready', 'failed']],
    [
      'no pong',
      ['placed', 'listening', 'connected', 'unhealthy', 'exitedFailed'],
      ['starting', 'connecting', 'ready', 'stopping', 'failed'],
    ],
    [
      'a drain that takes too long',
      ['placed', 'listening', 'connected', 'stopWanted', 'stopReported', 'stopLimit', 'exitedFailed'],
      ['starting', 'connecting', 'ready', 'draining', 'stopping', 'stopping', 'failed'],
    ],
    [
      'a lost host that comes back',
      ['placed', 'listening', 'connected', 'hostLost', 'connected'],
      ['starting', 'connecting', 'ready', 'orphaned', 'ready'],
    ],
    [
      'a host that restarts and finds it draining',
      ['placed', 'listening', 'connected', 'missing', 'stopReported', 'exitedPlanned'],
      ['starting', 'connecting', 'ready', 'orphaned', 'stopping', 'gone'],
    ],
    [
      'a host that never comes back',
      ['placed', 'listening', 'connected', 'hostLost', 'expired'],
      ['starting', 'connecting', 'ready', 'orphaned', 'gone'],
    ],
    ['stopped before it was placed', ['stopWanted'], ['gone']],
    ['a new leader that hears only of the last state', ['connected', 'exitedPlanned'], ['ready', 'gone']],
  ];
  for (const [title, events, states] of paths) it(title, () => assert.deepEqual(walk('placing', events), states));
});

describe('the life of a worker: moves that are refused', () => {
  const refused: [WorkerState, WorkerEventName[]][] = [
    ['placing', ['startLimit', 'hostLost', 'missing', 'refused', 'expired', 'stopLimit']],
    ['starting', ['placed', 'noHost', 'stopLimit', 'partlyConnected', 'expired']],
    ['connecting', ['placed', 'refused', 'noHost', 'stopLimit']],
    ['ready', ['placed', 'refused', 'startLimit', 'partlyConnected', 'stopLimit', 'expired']],
    ['draining', ['stopWanted', 'placed', 'startLimit', 'refused', 'stopLimit']],
    ['stopping', ['stopWanted', 'unhealthy', 'startLimit', 'placed']],
    ['orphaned', ['stopWanted', 'unhealthy', 'hostLost', 'missing', 'placed', 'startLimit']],
    ['gone', [...WORKER_EVENTS]],
    ['failed', [...WORKER_EVENTS]],
  ];
  for (const [state, events] of refused) {
    it(`${state} refuses ${events.length === WORKER_EVENTS.length ? 'everything' : events.join(', ')}`, () => {
      for (const name of events) assert.equal(transition(record(state), { name }, 1), undefined, name);
    });
  }
});

describe('the life of a worker: all states and events', () => {
  it('moves only where the table says, keeps its identity, and names known effects', () => {
    for (const state of WORKER_STATES) {
      for (const name of WORKER_EVENTS) {
        const worker = record(state);
        const moved = transition(worker, { name, cause: 'x', host: 'h1' }, 7);
        const row = TABLE[state][name];
        assert.equal(moved?.worker.state, row?.next, `${state} × ${name}`);
        if (!moved || !row) continue;
        assert.deepEqual([moved.worker.id, moved.worker.generation, moved.worker.slot], ['w1', 1, 'shop/1']);
        assert.equal(moved.worker.sinceMs, row.next === state ? 0 : 7);
        for (const effect of moved.effects) assert.ok(effect in EFFECT_MEANINGS, effect);
      }
    }
  });

  it('saves every record that changes state, and forgets those that end', () => {
    const has = (effects: readonly Effect[], effect: Effect) => effects.includes(effect);
    for (const state of WORKER_STATES) {
      for (const row of Object.values(TABLE[state])) {
        const isFinal = FINAL_STATES.includes(row.next);
        if (row.next !== state) assert.ok(has(row.effects, isFinal ? 'forget' : 'save'), `${state} → ${row.next}`);
        if (has(row.effects, 'order'))
          assert.ok(row.next === state || row.effects.indexOf('save') < row.effects.indexOf('order'), 'saved before it is ordered');
      }
    }
  });

  it('leaves gone and failed never, and reaches an end from everywhere', () => {
    assert.deepEqual(FINAL_STATES, ['gone', 'failed']);
    for (const state of WORKER_STATES) {
      const seen = new Set<WorkerState>([state]);
      for (const at of seen) for (const row of Object.values(TABLE[at])) seen.add(row.next);
      assert.ok(
        FINAL_STATES.some((end) => seen.has(end)),
        state,
      );
    }
  });

  it('takes the reason why a worker waits for a host for no cause of its end', () => {
    const waiting = transition(record('placing'), { name: 'noHost', cause: 'no worker host is attached' }, 10)!.worker;
    assert.equal(waiting.cause, undefined);
  });

  it('keeps the first cause of an end, and the time it was decided', () => {
    const stopped = transition(record('ready'), { name: 'stopWanted', cause: 'idle' }, 10)!.worker;
    const killed = transition({ ...stopped, state: 'stopping' }, { name: 'stopLimit', cause: 'SHUTDOWN_TIMEOUT' }, 20)!.worker;
    assert.deepEqual([killed.cause, killed.stopDecidedAtMs, killed.isForced], ['idle', 10, true]);
  });

  it('forgets the host that refused', () => {
    assert.equal(transition(record('starting'), { name: 'refused', cause: 'full' }, 1)!.worker.host, '');
  });
});
