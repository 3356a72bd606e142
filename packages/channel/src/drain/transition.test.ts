import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DrainEffect, type DrainHappening, type DrainState, drainTransition } from './transition.ts';

const STATES: readonly DrainState[] = ['serving', 'drained', 'resuming', 'leaving', 'left'];
const HAPPENINGS: readonly DrainHappening[] = ['drain', 'resume', 'resumed', 'leaving'];

function walk(...happenings: DrainHappening[]): { state: DrainState; effects: DrainEffect[] } {
  let state: DrainState = 'serving';
  const effects: DrainEffect[] = [];
  for (const happening of happenings) {
    const move = drainTransition(state, happening);
    assert.ok(move, `${happening} is refused in ${state}`);
    state = move.to;
    effects.push(...move.effects);
  }
  return { state, effects };
}

const PATHS: readonly { title: string; by: DrainHappening[]; to: DrainState; effects: DrainEffect[] }[] = [
  { title: 'a drain sends one frame however often it is asked for', by: ['drain', 'drain'], to: 'drained', effects: ['sendDrain'] },
  { title: 'a resume waits for its acknowledgement', by: ['drain', 'resume'], to: 'resuming', effects: ['sendDrain', 'sendResume'] },
  {
    title: 'an acknowledged resume lets opens go again',
    by: ['drain', 'resume', 'resumed'],
    to: 'serving',
    effects: ['sendDrain', 'sendResume', 'grantResume'],
  },
  { title: 'a resume of what serves is granted at once', by: ['resume'], to: 'serving', effects: ['grantResume'] },
  {
    title: 'a drain takes a resume back that was not acknowledged',
    by: ['drain', 'resume', 'drain'],
    to: 'drained',
    effects: ['sendDrain', 'sendResume', 'denyResume', 'sendDrain'],
  },
  {
    title: 'leaving is announced and the drain frame follows when asked for',
    by: ['leaving', 'drain'],
    to: 'left',
    effects: ['announceLeaving', 'sendDrain'],
  },
  {
    title: 'leaving after a drain needs no second drain frame',
    by: ['drain', 'leaving', 'drain'],
    to: 'left',
    effects: ['sendDrain', 'announceLeaving'],
  },
  {
    title: 'a worker told to stop denies the resume that waits',
    by: ['drain', 'resume', 'leaving'],
    to: 'left',
    effects: ['sendDrain', 'sendResume', 'denyResume', 'announceLeaving'],
  },
];

for (const { title, by, to, effects } of PATHS) {
  test(title, () => assert.deepEqual(walk(...by), { state: to, effects }));
}

test('an acknowledgement that comes after another drain does nothing', () => {
  for (const state of ['serving', 'drained', 'leaving', 'left'] as const) assert.equal(drainTransition(state, 'resumed'), undefined);
});

test('in every state and for everything that happens: leaving is final, and a drained worker gets no open before an acknowledged resume', () => {
  for (const state of STATES) {
    for (const happening of HAPPENINGS) {
      const move = drainTransition(state, happening);
      if (!move) continue;
      const where = `${state} + ${happening}`;
      if (state === 'leaving' || state === 'left') assert.ok(move.to === 'leaving' || move.to === 'left', where);
      if (state === 'left') assert.equal(move.to, 'left', where);
      if (move.to === 'serving' && state !== 'serving') assert.equal(happening, 'resumed', where);
      if (happening === 'drain') assert.ok(move.to === 'drained' || move.to === 'left', where);
      // Exactly the drains that change something send a frame: the worker counts on the last frame it read.
      if (happening === 'drain') assert.equal(move.effects.includes('sendDrain'), state !== 'drained' && state !== 'left', where);
      assert.equal(move.effects.includes('announceLeaving'), happening === 'leaving' && state !== 'leaving' && state !== 'left', where);
    }
  }
});
