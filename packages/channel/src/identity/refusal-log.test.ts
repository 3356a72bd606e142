import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { REFUSAL_REASONS } from './refusal.ts';
import { RefusalLog } from './refusal-log.ts';

test('every refusal is counted, and of a flood only the first are written, and how many more there were', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const lines: unknown[][] = [];
  const log = new RefusalLog({ warn: (...line) => void lines.push(line) });
  const refused = { reason: 'expired', text: 'the identity has expired', adapterId: 'a1', channelId: 1 } as const;
  for (let n = 0; n < 1_000; n++) log.note(refused);
  assert.equal(log.counts.get('expired'), 1_000);
  assert.equal(lines.length, 10);
  assert.deepEqual(lines[0], [{ reason: 'expired', adapterId: 'a1', channelId: 1 }, 'a link was refused: the identity has expired']);
  t.mock.timers.tick(1_000);
  assert.deepEqual(lines.at(-1), [{ refusals: 990 }, '990 more links were refused within a second']);
  log.note({ ...refused, reason: 'replayed' });
  assert.equal(lines.length, 12);
  t.mock.timers.tick(1_000);
  assert.equal(lines.length, 12);
  assert.deepEqual(
    [...log.counts],
    [
      ['expired', 1_000],
      ['replayed', 1],
    ],
  );
});

test('docs/channel.md names every reason', () => {
  // From dist/identity to the root of the repository.
  const page = readFileSync(new URL('../../../../docs/channel.md', import.meta.url), 'utf8');
  const told = [...page.matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|/gm)].flatMap(([, cell]) =>
    cell!.split(', ').map((one) => one.slice(1, -1)),
  );
  assert.deepEqual([...told].sort(), [...REFUSAL_REASONS].sort());
});
