import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Health } from './health.ts';

function stage() {
  const told: string[] = [];
  const facts = { pings: 0, answers: 0 };
  const health = new Health({
    onPing: () => void facts.pings++,
    answer: (reply) => reply(),
    tell: (reason) => told.push(reason),
  });
  return { health, told, facts, ping: () => health.ping(() => void facts.answers++) };
}

suite('the health of a worker', () => {
  test('is told at the next ping, once, with the first reason as one line, and no ping is answered from there on', () => {
    const { health, told, facts, ping } = stage();
    ping();
    health.report(' the cache\nis corrupt ');
    health.report('later');
    assert.deepEqual(told, []);
    ping();
    ping();
    assert.deepEqual(told, ['the cache is corrupt']);
    assert.deepEqual(facts, { pings: 3, answers: 1 });
  });

  test('is forgotten when WAS does not count pings: those that waited are answered, and a new word is told anew', () => {
    const { health, told, facts, ping } = stage();
    health.report('one');
    ping();
    ping();
    health.answered(false);
    assert.equal(facts.answers, 2);
    ping();
    health.report('two');
    ping();
    assert.deepEqual(told, ['one', 'two']);
    assert.equal(facts.answers, 3);
  });

  test('stays as it is said when WAS has granted the end', () => {
    const { health, facts, ping } = stage();
    health.report('one');
    ping();
    health.answered(true);
    ping();
    assert.equal(facts.answers, 0);
  });

  test('has no ill effect, whatever is given as the reason', () => {
    const { health, told, ping } = stage();
    health.report(Symbol('odd'));
    ping();
    assert.deepEqual(told, ['Symbol(odd)']);
  });
});
