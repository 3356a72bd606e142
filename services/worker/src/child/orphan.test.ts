import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import { Orphan, type OrphanOptions } from './orphan.ts';

function stage({
  isAnyUp = true,
  isAnyOpen = false,
  isRelieved = false,
  ...options
}: Partial<OrphanOptions> & { isAnyUp?: boolean; isAnyOpen?: boolean; isRelieved?: boolean } = {}) {
  const done: string[] = [];
  const facts = { isAnyUp, isAnyOpen, isRelieved };
  const parts = {
    isAnyUp: () => facts.isAnyUp,
    isAnyOpen: () => facts.isAnyOpen,
    isRelieved: () => facts.isRelieved,
    depart: (limitMs: number) => done.push(`depart ${limitMs}`),
    exit: () => done.push('exit'),
  };
  const orphan = new Orphan(parts, { shutdownTimeLimitMs: 10_000, noOverlap: false, ...options });
  orphan.begin();
  return { orphan, done, facts };
}

suite('a worker without its host', () => {
  mock.timers.enable({ apis: ['setTimeout'] });

  test('goes on serving until another has taken over on every link, and leaves then, once', () => {
    const { orphan, done, facts } = stage();
    orphan.check();
    mock.timers.tick(9_999);
    assert.deepEqual(done, []);
    facts.isRelieved = true;
    orphan.check();
    orphan.check();
    mock.timers.tick(10_000);
    assert.deepEqual(done, ['depart 10000']);
  });

  test('leaves when nobody has taken over within shutdownTimeLimit', () => {
    const { done } = stage();
    mock.timers.tick(10_000);
    assert.deepEqual(done, ['depart 10000']);
  });

  test('with nothing begun ends at once when no link is up, or when the last one goes down', () => {
    assert.deepEqual(stage({ isAnyUp: false }).done, ['exit']);
    const { orphan, done, facts } = stage();
    orphan.linkDown();
    assert.deepEqual(done, []);
    facts.isAnyUp = false;
    orphan.linkDown();
    assert.deepEqual(done, ['exit']);
  });

  test('with something begun waits for a link to resume, and ends when its sessions have, or when all is acknowledged', () => {
    for (const end of ['linkDown', 'check'] as const) {
      const { orphan, done, facts } = stage({ isAnyUp: false, isAnyOpen: true });
      orphan.linkDown();
      assert.deepEqual(done, []);
      facts.isAnyUp = true;
      orphan.check();
      facts.isAnyUp = false;
      orphan.linkDown();
      assert.deepEqual(done, []);
      facts.isAnyOpen = false;
      orphan[end]();
      assert.deepEqual(done, ['exit']);
    }
  });

  test('that lost its host while its link was suspended still leaves after shutdownTimeLimit, or when it is relieved', () => {
    const { done } = stage({ isAnyUp: false, isAnyOpen: true });
    mock.timers.tick(10_000);
    assert.deepEqual(done, ['depart 10000']);
    const relieved = stage({ isAnyUp: false, isAnyOpen: true });
    relieved.facts.isAnyUp = true;
    relieved.facts.isRelieved = true;
    relieved.orphan.check();
    assert.deepEqual(relieved.done, ['depart 10000']);
  });

  test('that must not overlap its successor leaves at once, and has less time than WAS waits', () => {
    assert.deepEqual(stage({ noOverlap: true }).done, ['depart 3000']);
    assert.deepEqual(stage({ noOverlap: true, shutdownTimeLimitMs: 500 }).done, ['depart 500']);
  });
});
