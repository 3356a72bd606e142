import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Effect, type Happening, type Phase, stateOf, transition } from './transition.ts';

const PHASES: readonly Phase[] = ['greeting', 'proving', 'severed', 'open', 'suspended', 'closed'];
const HAPPENINGS: readonly Happening[] = ['welcomed', 'proved', 'linkLost', 'resumed', 'limitPassed', 'refused', 'ended'];

/** Walks from greeting; returns the phase reached and all effects. */
function walk(...happenings: Happening[]): { phase: Phase; effects: Effect[] } {
  let phase: Phase = 'greeting';
  const effects: Effect[] = [];
  for (const happening of happenings) {
    const move = transition(phase, happening);
    assert.ok(move, `${happening} is refused in ${phase}`);
    phase = move.to;
    effects.push(...move.effects);
  }
  return { phase, effects };
}

const PATHS: readonly { title: string; by: Happening[]; to: Phase; effects: Effect[] }[] = [
  {
    title: 'a first connect opens the session once its ping was answered',
    by: ['welcomed', 'proved'],
    to: 'open',
    effects: ['useLink', 'announceConnected'],
  },
  {
    title: 'a dial that fails before the welcome is repeated',
    by: ['linkLost', 'linkLost', 'welcomed'],
    to: 'proving',
    effects: ['redial', 'redial', 'useLink'],
  },
  {
    title: 'a link lost before the ping was answered resumes and is announced connected only then',
    by: ['welcomed', 'linkLost', 'resumed', 'proved'],
    to: 'open',
    effects: ['useLink', 'dropLink', 'startLimit', 'redial', 'stopLimit', 'useLink', 'announceConnected'],
  },
  {
    title: 'an open session survives a lost link',
    by: ['welcomed', 'proved', 'linkLost', 'linkLost', 'resumed'],
    to: 'open',
    effects: [
      'useLink',
      'announceConnected',
      'dropLink',
      'startLimit',
      'announceSuspended',
      'redial',
      'redial',
      'stopLimit',
      'useLink',
      'announceResumed',
    ],
  },
  {
    title: 'a suspended session ends with its requests when the limit passes',
    by: ['welcomed', 'proved', 'linkLost', 'limitPassed'],
    to: 'closed',
    effects: [
      'useLink',
      'announceConnected',
      'dropLink',
      'startLimit',
      'announceSuspended',
      'redial',
      'stopLimit',
      'dropLink',
      'endRequests',
      'announceClosed',
    ],
  },
  {
    title: 'a resume that is refused ends the session',
    by: ['welcomed', 'proved', 'linkLost', 'refused'],
    to: 'closed',
    effects: [
      'useLink',
      'announceConnected',
      'dropLink',
      'startLimit',
      'announceSuspended',
      'redial',
      'stopLimit',
      'dropLink',
      'endRequests',
      'announceClosed',
    ],
  },
  {
    title: 'a first hello that is refused ends the session',
    by: ['refused'],
    to: 'closed',
    effects: ['stopLimit', 'dropLink', 'endRequests', 'announceClosed'],
  },
  {
    title: 'a known death ends a suspended session at once',
    by: ['welcomed', 'proved', 'linkLost', 'ended'],
    to: 'closed',
    effects: [
      'useLink',
      'announceConnected',
      'dropLink',
      'startLimit',
      'announceSuspended',
      'redial',
      'stopLimit',
      'dropLink',
      'endRequests',
      'announceClosed',
    ],
  },
];

for (const { title, by, to, effects } of PATHS) {
  test(title, () => assert.deepEqual(walk(...by), { phase: to, effects }));
}

const REFUSED: readonly { why: string; phase: Phase; happening: Happening }[] = [
  { why: 'an open session is not welcomed a second time', phase: 'open', happening: 'welcomed' },
  { why: 'a session that has its link is not resumed: the loss has to happen first', phase: 'open', happening: 'resumed' },
  { why: 'a later pong proves nothing new', phase: 'open', happening: 'proved' },
  { why: 'the limit of a link that resumed in time does nothing', phase: 'open', happening: 'limitPassed' },
  { why: 'a refusal on a working link is an ending, not a refused hello', phase: 'open', happening: 'refused' },
  { why: 'a pong from before the loss does not open a severed session', phase: 'severed', happening: 'proved' },
  { why: 'nothing can be resumed before a welcome', phase: 'greeting', happening: 'resumed' },
  { why: 'no limit runs before a welcome', phase: 'greeting', happening: 'limitPassed' },
  { why: 'a closed session is not resumed', phase: 'closed', happening: 'resumed' },
  { why: 'a session closes once', phase: 'closed', happening: 'ended' },
];

for (const { why, phase, happening } of REFUSED) {
  test(why, () => assert.equal(transition(phase, happening), undefined));
}

test('every move of the table leads to a known phase, keeps the limit timer paired and says closed exactly once', () => {
  for (const phase of PHASES) {
    for (const happening of HAPPENINGS) {
      const move = transition(phase, happening);
      if (!move) continue;
      const where = `${phase} + ${happening}`;
      assert.ok(PHASES.includes(move.to), where);
      assert.equal(move.effects.includes('announceClosed'), move.to === 'closed', where);
      assert.equal(move.effects.includes('endRequests'), move.to === 'closed', where);
      const startsLimit = (move.to === 'severed' || move.to === 'suspended') && move.to !== phase;
      assert.equal(move.effects.includes('startLimit'), startsLimit, where);
      const wasLimited = phase === 'severed' || phase === 'suspended';
      if (wasLimited && move.to !== phase) assert.ok(move.effects.includes('stopLimit'), where);
      assert.equal(move.effects.includes('useLink'), happening === 'welcomed' || happening === 'resumed', where);
    }
  }
});

test('every phase but closed can be ended, and closed takes nothing', () => {
  for (const phase of PHASES) assert.equal(transition(phase, 'ended')?.to, phase === 'closed' ? undefined : 'closed');
  for (const happening of HAPPENINGS) assert.equal(transition('closed', happening), undefined);
});

test('phases before the first answered ping are told as handshaking', () => {
  assert.deepEqual(PHASES.map(stateOf), ['handshaking', 'handshaking', 'handshaking', 'open', 'suspended', 'closed']);
});
