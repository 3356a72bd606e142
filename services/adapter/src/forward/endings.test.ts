import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type EndingFacts, endingOf, MOST_MOVES } from '@baton/adapter-kit';
import { startAdapter } from '../testing/harness.ts';

const facts = (more: Partial<EndingFacts> = {}): EndingFacts => ({
  isStarted: false,
  hasInterim: false,
  isResponseEnded: false,
  isMovable: true,
  isReplayable: true,
  ...more,
});

describe('what becomes of a request whose stream was reset', () => {
  const table: readonly (readonly [Parameters<typeof endingOf>[0], Partial<EndingFacts>, string])[] = [
    ['NOT_BEGUN', {}, 'move'],
    ['NOT_BEGUN', { isReplayable: false }, 'move'],
    ['NOT_BEGUN', { isMovable: false }, 'answer WORKER_RESET'],
    ['WORKER_DIED', {}, 'replay'],
    ['WORKER_DIED', { isReplayable: false }, 'answer WORKER_DIED'],
    ['WORKER_DIED', { isStarted: true }, 'break WORKER_DIED'],
    ['WORKER_DIED', { hasInterim: true }, 'answer WORKER_DIED'],
    ['LINK_LOST', {}, 'answer LINK_LOST'],
    ['LINK_LOST', { isStarted: true }, 'break LINK_LOST'],
    ['APP_ABORTED', {}, 'break WORKER_RESET'],
    ['PROTOCOL', {}, 'answer BAD_RESPONSE'],
    ['DEADLINE', {}, 'answer REQUEST_TIMEOUT'],
    ['SESSION_CLOSED', {}, 'answer WORKER_RESET'],
    ['WORKER_DIED', { isResponseEnded: true, isStarted: true }, 'done'],
  ];
  for (const [cause, more, expected] of table) {
    it(`${cause} with ${JSON.stringify(more)}: ${expected}`, () => {
      const ending = endingOf(cause, facts(more));
      assert.equal('code' in ending ? `${ending.kind} ${ending.code}` : ending.kind, expected);
    });
  }
});

describe('when a worker hands a request back that it never began', () => {
  it('again and again, the client gets 503 NOT_TAKEN after so many moves', async () => {
    assert.deepEqual(endingOf('NOT_BEGUN', facts(), MOST_MOVES - 1), { kind: 'move' });
    assert.deepEqual(endingOf('NOT_BEGUN', facts({ isMovable: false }), MOST_MOVES), { kind: 'answer', code: 'WORKER_RESET' });
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    for (let asked = 1; asked <= MOST_MOVES + 1; asked++)
      (await h.worker.request(asked)).sendReset('NOT_BEGUN', 'the app refused the stream');
    const answer = await client.until(/\n$/);
    assert.match(answer, /^HTTP\/1\.1 503 [\s\S]*x-baton-error: NOT_TAKEN\r\nRetry-After: 1\r\n[\s\S]*the app refused the stream/);
    const { moved, refused } = h.pool.counters;
    assert.deepEqual([moved, refused], [MOST_MOVES, 1]);
    client.get('/next');
    (await h.worker.request(MOST_MOVES + 2)).answer('served');
    assert.match(await client.until(/served$/), /\nHTTP\/1\.1 200 OK\r\n/, 'the next request finds the same worker');
  });
});
