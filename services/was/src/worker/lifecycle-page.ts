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
