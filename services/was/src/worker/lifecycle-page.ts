import { RULES } from '../reconcile/decide.ts';
import { EFFECT_MEANINGS, EVENT_MEANINGS, STATE_MEANINGS, WORKER_EVENTS, WORKER_STATES } from './states.ts';
import { TABLE } from './transition.ts';

/** docs/lifecycle.md: the life of a worker, printed from the table that decides it. */
export function printLifecycle(): string {
  return [
    '# The life of a worker',
    '',
    '<!-- Printed from services/was/src/worker/transition.ts by "npm run generate"; a test keeps them in step. Do not edit. -->',
    '',
    'WAS decides every move of a worker process with one pure table: state and event give the next state and the effects, which are carried out',
    'in order. An event without a row is refused and changes nothing. Who serves a slot, when a start is wanted and when an idle worker may go is',
    'decided in `services/was/src/reconcile` and `handover`; what an adapter and a host do with it is in the protocol pages.',
    '',
    '## States',
    '',
    ...table(
      ['state', 'meaning'],
      WORKER_STATES.map((state) => [`\`${state}\``, STATE_MEANINGS[state]]),
    ),
    '',
    '## Events',
    '',
    ...table(
      ['event', 'when'],
      WORKER_EVENTS.map((event) => [`\`${event}\``, EVENT_MEANINGS[event]]),
    ),
    '',
    '## Moves',
    '',
    ...table(['state', 'event', 'next', 'effects, in order'], moves()),
    '',
    '## What decides about a slot',
    '',
    'A pool has `maxProcesses` slots; at most one worker serves each. The rules are asked in this order whenever something changed and once a',
    'second; the first that names an action decides, and after it all are asked again. They hold no memory, so a new leader that knows the same',
    'facts decides the same. A new leader asks none of them for a slot before the hosts of its workers have reported or are lost.',
    '',
    ...table(
      ['rule', 'says'],
      RULES.map(({ name, says }) => [name, says]),
    ),
    '',
    'The first worker of a pool starts with the first Open of any adapter. One more starts, with `maxProcesses` above 1, when no other start of the',
    'pool is pending and adapters report that requests wait, or that more are in flight than workers serve; an alwaysRunning pool starts all at once.',
    '',
    '## Effects',
    '',
    ...table(
      ['effect', 'does'],
      Object.entries(EFFECT_MEANINGS).map(([effect, meaning]) => [`\`${effect}\``, meaning]),
    ),
    '',
  ].join('\n');
}

function moves(): string[][] {
  return WORKER_STATES.flatMap((state) =>
    WORKER_EVENTS.flatMap((event) => {
      const row = TABLE[state][event];
      return row ? [[`\`${state}\``, event, row.next === state ? '(stays)' : `\`${row.next}\``, row.effects.join(', ') || 'none']] : [];
    }),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map((cells) => `| ${cells.join(' | ')} |`)];
}
