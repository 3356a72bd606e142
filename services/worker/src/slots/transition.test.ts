import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRecord, WORKER_STATES, type WorkerRecord, type WorkerState } from './record.ts';
import { MOVES, transition, type WorkerEvent } from './transition.ts';

const facts = { workerId: 'w1', pool: 'shop', slot: 'shop/1', generation: 1, role: 'activation', startedAtMs: 1, shutdownTimeLimitMs: 1 };
const one = { adapterId: 'a1', channelId: 1 };
const two = { adapterId: 'a2', channelId: 1 };
const exit = { code: 0, signal: '', errorCode: '', message: '', planned: true };

const EVENTS: Record<WorkerEvent['type'], WorkerEvent> = {
  spawned: { type: 'spawned', pid: 7, fromSpare: true },
  listening: { type: 'listening' },
  extraListen: { type: 'extraListen', wanted: '0.0.0.0:1', actual: '127.0.0.1:2' },
  named: { type: 'named', channels: [two] },
  connected: { type: 'connected', channel: one },
  disconnected: { type: 'disconnected', channel: one },
  stopOrdered: { type: 'stopOrdered', cause: 'idle', byMs: 5 },
  exited: { type: 'exited', exit, atMs: 5 },
};

const PATHS: { title: string; named: (typeof one)[]; events: WorkerEvent[]; states: WorkerState[] }[] = [
  {
    title: 'an activation and an idle-out',
    named: [one],
    events: [EVENTS.spawned, EVENTS.listening, EVENTS.connected, EVENTS.stopOrdered, EVENTS.exited],
    states: ['starting', 'connecting', 'connected', 'stopping', 'exited'],
  },
  {
    title: 'no channel named: connected as soon as it listens',
    named: [],
    events: [EVENTS.spawned, EVENTS.listening],
    states: ['starting', 'connected'],
  },
  {
    title: 'connected while it is still starting counts when it listens',
    named: [one],
    events: [EVENTS.connected, EVENTS.listening],
    states: ['starting', 'connected'],
  },
  {
    title: 'a further channel is named, connected and lost',
    named: [one],
    events: [EVENTS.listening, EVENTS.connected, EVENTS.named, { type: 'connected', channel: two }, EVENTS.disconnected, EVENTS.connected],
    states: ['connecting', 'connected', 'connecting', 'connected', 'connecting', 'connected'],
  },
  {
    title: 'a stop before the process is there',
    named: [],
    events: [EVENTS.stopOrdered, EVENTS.spawned, EVENTS.exited],
    states: ['stopping', 'stopping', 'exited'],
  },
  { title: 'a start that fails at once', named: [], events: [EVENTS.exited], states: ['exited'] },
];

for (const { title, named, events, states } of PATHS) {
  test(`path: ${title}`, () => {
    let record = newRecord(facts, named);
    const seen = events.map((event) => {
      record = transition(record, event);
      return record.state;
    });
    assert.deepEqual(seen, states);
  });
}

const REFUSED: { title: string; from: WorkerState; event: WorkerEvent }[] = [
  { title: 'a worker is not spawned twice', from: 'connecting', event: EVENTS.spawned },
  { title: 'a connected worker does not begin to listen', from: 'connected', event: EVENTS.listening },
  { title: 'a stopping worker is given no channel', from: 'stopping', event: EVENTS.named },
  { title: 'an exited worker is not stopped', from: 'exited', event: EVENTS.stopOrdered },
  { title: 'an exited worker does not exit again', from: 'exited', event: EVENTS.exited },
];

for (const { title, from, event } of REFUSED) {
  test(`refused: ${title}`, () => {
    const record = inState(from);
    assert.equal(transition(record, event), record);
  });
}

test('every state meets every event as the table says, and nothing leaves exited', () => {
  for (const state of WORKER_STATES) {
    for (const event of Object.values(EVENTS)) {
      const record = inState(state);
      const next = transition(record, event);
      const move = MOVES[state][event.type];
      if (move === undefined) assert.equal(next, record, `${state} × ${event.type}`);
      else if (move === 'same') assert.equal(next.state, state, `${state} × ${event.type}`);
      else if (move === 'settle') assert.ok(next.state === 'connecting' || next.state === 'connected', `${state} × ${event.type}`);
      else assert.equal(next.state, move, `${state} × ${event.type}`);
      if (state === 'exited') assert.equal(next, record);
    }
  }
});

test('the first cause of a stop wins, and a channel is counted once', () => {
  let record = transition(inState('connected'), { type: 'stopOrdered', cause: 'idle', byMs: 5 });
  record = transition(record, { type: 'stopOrdered', cause: 'shutdown', byMs: 5 });
  assert.equal(record.stopCause, 'idle');
  const again = transition(inState('connecting'), EVENTS.connected);
  assert.equal(transition(again, EVENTS.connected), again);
});

function inState(state: WorkerState): WorkerRecord {
  return { ...newRecord(facts, [one]), state };
}
