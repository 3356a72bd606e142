import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import { Departure, type DepartureOptions } from './departure.ts';

function stage({ hasHandler = false, inFlight = 0, isDrained = true } = {}) {
  const done: string[] = [];
  const facts = { inFlight, isDrained };
  const departure = new Departure({
    leave: (successor) => done.push(`leave ${successor}`),
    isDrained: () => facts.isDrained,
    inFlight: () => facts.inFlight,
    close: (unfinished) => done.push(`close ${unfinished}`),
    terminateApp: () => {
      done.push('terminate');
      return hasHandler;
    },
    exit: () => done.push('exit'),
  });
  const begin = (options: Partial<DepartureOptions> = {}) =>
    departure.begin({ successor: 'w2', limitMs: 1_000, tellsApp: true, ...options });
  return { departure, done, facts, begin };
}

suite('the planned end', () => {
  mock.timers.enable({ apis: ['setTimeout'] });

  test('with nothing in flight it is over at once', () => {
    const { done, begin } = stage();
    begin();
    assert.deepEqual(done, ['leave w2', 'close 0', 'terminate', 'exit']);
  });

  test('it waits for the drain frame and for the last request', () => {
    const { departure, done, facts, begin } = stage({ inFlight: 1, isDrained: false });
    begin();
    facts.inFlight = 0;
    departure.check();
    assert.deepEqual(done, ['leave w2']);
    facts.isDrained = true;
    departure.check();
    assert.deepEqual(done, ['leave w2', 'close 0', 'terminate', 'exit']);
  });

  test('an app with a SIGTERM handler ends by itself, or at the limit', () => {
    const { done, begin } = stage({ hasHandler: true });
    begin();
    assert.deepEqual(done, ['leave w2', 'close 0', 'terminate']);
    mock.timers.tick(1_000);
    assert.deepEqual(done, ['leave w2', 'close 0', 'terminate', 'exit']);
  });

  test('at the limit it ends with what is unfinished', () => {
    const { done, begin } = stage({ inFlight: 2 });
    begin();
    mock.timers.tick(1_000);
    assert.deepEqual(done, ['leave w2', 'close 2', 'terminate', 'exit']);
  });

  test('at the limit an app with a handler has a moment for it', () => {
    const { done, begin } = stage({ inFlight: 2, hasHandler: true });
    begin();
    mock.timers.tick(1_000);
    assert.deepEqual(done, ['leave w2', 'close 2', 'terminate']);
    mock.timers.tick(1_000);
    assert.deepEqual(done, ['leave w2', 'close 2', 'terminate', 'exit']);
  });

  test('a repeated order changes nothing', () => {
    const { done, begin } = stage({ inFlight: 1 });
    begin();
    begin({ successor: 'w3' });
    assert.deepEqual(done, ['leave w2']);
  });

  test('an app that left by itself is not told to', () => {
    const { done, begin } = stage();
    begin({ tellsApp: false });
    assert.deepEqual(done, ['leave w2', 'close 0']);
  });
});
