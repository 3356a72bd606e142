import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortenLine } from './short-line.ts';

const line = (fields: Record<string, unknown>) =>
  shortenLine('host-1', 'stdout', JSON.stringify({ level: 'info', service: 'host', ...fields }));

test("an app's output is shown with worker, pool and generation, whatever the text", () => {
  const facts = { stream: 'stdout', pool: 'shop', worker: 'w3', generation: 4 };
  assert.equal(line({ ...facts, msg: 'hello | there' })?.text, 'w3 shop gen 4 | hello | there');
  assert.equal(line({ ...facts, msg: '' })?.kind, 'app');
});

test('an event is shown with its time; a failure has its code in front and what to do behind', () => {
  const time = new Date().toISOString();
  assert.match(line({ time, event: 'worker.ready', msg: 'worker w1 is ready' })!.text, /^\d\d:\d\d:\d\d worker w1 is ready$/);
  const failed = line({ time, level: 'warn', event: 'worker.failed', cause: 'APP_THREW', msg: 'worker w1 failed: boom' })!;
  assert.match(failed.text, / APP_THREW: worker w1 failed: boom\. See the app's own message above$/);
  assert.deepEqual([failed.kind, failed.level], ['event', 'warn']);
});

test('trouble in a service is shown with its cause; everyday lines and the ends of workers are not', () => {
  assert.equal(line({ level: 'error', msg: 'no link', err: { message: 'ECONNREFUSED' } })?.text, 'host-1: no link (ECONNREFUSED)');
  assert.equal(line({ msg: 'attached' }), undefined);
  assert.equal(line({ level: 'warn', msg: 'worker w1 has ended', errorCode: 'APP_THREW' }), undefined);
});

test('what a service writes to stderr is shown, except that it stops', () => {
  assert.equal(shortenLine('was', 'stderr', 'Warning: odd')?.text, 'was: Warning: odd');
  assert.equal(shortenLine('was', 'stderr', 'was stops: SIGTERM'), undefined);
});

test('a line that is not ours is shown as it is', () => {
  assert.equal(shortenLine('was', 'stdout', '{ not json')?.text, 'was: { not json');
});
