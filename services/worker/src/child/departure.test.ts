import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import { Departure, type DepartureOptions } from './departure.ts';

interface Facts {
  readonly hasHandler?: boolean;
  readonly inFlight?: number;
  readonly isDrained?: boolean;
  /** The unloading of modules. */
  readonly closing?: Promise<void>;
}

function stage({ hasHandler = false, inFlight = 0, isDrained = true, closing }: Facts = {}) {
  const done: string[] = [];
  const deadlines: Date[] = [];
  const facts = { inFlight, isDrained };
  const departure = new Departure({
    leave: (successor) => done.push(`leave ${successor}`),
    tellDraining: (deadline) => {
      done.push('tell');
      deadlines.push(deadline);
    },
    isDrained: () => facts.isDrained,
    inFlight: () => facts.inFlight,
    close: (unfinished) => {
      done.push(`close ${unfinished}`);
      return closing;
    },
    terminateApp: () => {
      done.push('terminate');
      return hasHandler;
    },
    exit: () => done.push('exit'),
  });
  const begin = (options: Partial<DepartureOptions> = {}) =>
    departure.begin({ successor: 'w2', limitMs: 1_000, graceMs: 250, tellsApp: true, ...options });
  return { departure, done, deadlines, facts, begin };
}

suite('the planned end', () => {
  mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });

  test('with nothing in flight it is over at once', () => {
    const { done, begin } = stage();
    begin();
    mock.timers.tick(1);
    assert.deepEqual(done, ['leave w2', 'tell', 'close 0', 'terminate', 'exit']);
  });

  test('it waits for the drain frame and for the last request', () => {
    const { departure, done, facts, begin } = stage({ inFlight: 1, isDrained: false });
    begin();
    facts.inFlight = 0;
    departure.check();
    assert.deepEqual(done, ['leave w2', 'tell']);
    facts.isDrained = true;
    departure.check();
    mock.timers.tick(1);
    assert.deepEqual(done, ['leave w2', 'tell', 'close 0', 'terminate', 'exit']);
  });

  test('an app with a SIGTERM handler ends by itself, or when drain and grace are over', () => {
    const { done, begin } = stage({ hasHandler: true });
    begin();
    mock.timers.tick(1);
    assert.deepEqual(done, ['leave w2', 'tell', 'close 0', 'terminate']);
    mock.timers.tick(1_000);
    assert.deepEqual(done, ['leave w2', 'tell', 'close 0', 'terminate']);
    mock.timers.tick(750);
    assert.equal(done.at(-1), 'exit');
  });

  test('at the limit it ends with what is unfinished', () => {
    const { done, begin } = stage({ inFlight: 2 });
    begin();
    mock.timers.tick(999);
    assert.deepEqual(done, ['leave w2', 'tell']);
    mock.timers.tick(1);
    assert.deepEqual(done, ['leave w2', 'tell', 'close 2', 'terminate', 'exit']);
  });

  test('at the limit an app with a handler has the grace for it; requests that end in it let the process end', () => {
    const { departure, done, facts, begin } = stage({ inFlight: 2, hasHandler: true });
    begin();
    mock.timers.tick(1_000);
    assert.deepEqual(done, ['leave w2', 'tell', 'close 2', 'terminate']);
    facts.inFlight = 0;
    departure.check();
    departure.check();
    assert.deepEqual(done, ['leave w2', 'tell', 'close 2', 'terminate', 'close 0']);
    mock.timers.tick(1_750);
    assert.equal(done.at(-1), 'exit');
  });

  for (const isUnloaded of [true, false])
    test(`modules that ${isUnloaded ? 'are unloaded' : 'fail to be unloaded'} behind the end of the time have the app told to end once`, async () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const { done, begin } = stage({ hasHandler: true, closing: promise });
      begin();
      mock.timers.tick(500);
      assert.deepEqual(done, ['leave w2', 'tell', 'close 0']);
      mock.timers.tick(751);
      assert.deepEqual(done, ['leave w2', 'tell', 'close 0', 'terminate']);
      if (isUnloaded) resolve();
      else reject(new Error('no'));
      await promise.catch(() => {});
      mock.timers.tick(1);
      assert.deepEqual(done, ['leave w2', 'tell', 'close 0', 'terminate']);
    });

  test('modules that are unloaded in time have the app told to end then', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { done, begin } = stage({ hasHandler: true, closing: promise });
    begin();
    mock.timers.tick(500);
    resolve();
    await promise;
    mock.timers.tick(1);
    assert.deepEqual(done, ['leave w2', 'tell', 'close 0', 'terminate']);
  });

  test('the deadline an app is told is when its time to end requests is over', () => {
    const { deadlines, begin } = stage({ inFlight: 1 });
    const beforeMs = Date.now();
    begin();
    const leftMs = deadlines[0]!.getTime() - beforeMs;
    assert.ok(leftMs >= 1_000 && leftMs < 1_100, `${leftMs} ms`);
  });

  test('a repeated order changes nothing', () => {
    const { done, deadlines, begin } = stage({ inFlight: 1 });
    begin();
    begin({ successor: 'w3' });
    assert.deepEqual(done, ['leave w2', 'tell']);
    assert.equal(deadlines.length, 1);
  });

  test('a later order with less time shortens what is left, one with more does not', () => {
    const { done, begin } = stage({ inFlight: 1 });
    begin({ limitMs: 600_000 });
    mock.timers.tick(10_000);
    begin({ limitMs: 700_000 });
    begin({ limitMs: 2_000 });
    mock.timers.tick(1_999);
    assert.deepEqual(done, ['leave w2', 'tell']);
    mock.timers.tick(1);
    assert.deepEqual(done, ['leave w2', 'tell', 'close 1', 'terminate', 'exit']);
  });

  test('an app that left by itself is not told to', () => {
    const { done, begin } = stage();
    begin({ tellsApp: false });
    assert.deepEqual(done, ['leave w2', 'close 0']);
  });
});
