import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeSilence } from './keepalive.ts';

const intervalMs = 2_000;
const CASES = [
  { title: 'a link that brought something is left alone', isHeard: true, isAsked: true, lateMs: 0, step: 'nothing' },
  { title: 'a silent link is asked for a sign of life', isHeard: false, isAsked: false, lateMs: 0, step: 'ask' },
  {
    title: 'a link that was asked and stayed silent for an interval is given up',
    isHeard: false,
    isAsked: true,
    lateMs: 3,
    step: 'giveUp',
  },
  {
    title: 'an answer that may lie unread because our own loop was blocked is asked for again',
    isHeard: false,
    isAsked: true,
    lateMs: 5_000,
    step: 'ask',
  },
] as const;

for (const { title, step, ...facts } of CASES) {
  test(title, () => assert.equal(judgeSilence({ ...facts, intervalMs }), step));
}
