import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { BatonError, backoffMs, CODES, sleep, until, within } from './index.ts';

test('an error says its code, what happened and what to do next in one line', () => {
  const error = new BatonError('PORT_TAKEN', 'port 8080 is in use by process 12');
  assert.equal(error.toLine(), `PORT_TAKEN: port 8080 is in use by process 12. ${CODES.PORT_TAKEN.hint}`);
  assert.equal(error.status, 500);
});

test('what is caught becomes a BatonError that keeps its cause, and one that is one already stays itself', () => {
  const cause = new Error('boom');
  const wrapped = BatonError.from(cause, 'REDIS_UNREACHABLE');
  assert.equal(wrapped.cause, cause);
  assert.equal(wrapped.code, 'REDIS_UNREACHABLE');
  assert.equal(BatonError.from(wrapped), wrapped);
});

test('every code has a sentence and a hint, and a status a client may get', () => {
  for (const [code, entry] of Object.entries(CODES)) {
    assert.match(entry.what, /\.$/, code);
    assert.ok(entry.hint.length > 3 && !entry.hint.endsWith('.'), code);
    assert.ok(entry.status >= 400 && entry.status < 600, code);
  }
});

test('backoff grows to its limit and spreads around it', () => {
  const middle = () => 0.5;
  assert.deepEqual(
    [0, 1, 2, 10, 1000].map((attempt) => backoffMs(attempt, { firstMs: 200, maxMs: 30_000 }, middle)),
    [200, 400, 800, 30_000, 30_000],
  );
  assert.equal(
    backoffMs(0, { firstMs: 100, maxMs: 1000, jitter: 0.2 }, () => 0),
    80,
  );
});

test('a wait ends with the reason of its signal', async () => {
  const stop = new AbortController();
  const waiting = sleep(60_000, stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
});

test('what does not happen in time is a TIMEOUT that names it', async () => {
  await assert.rejects(within(new Promise(() => {}), 5, 'the answer'), {
    code: 'TIMEOUT',
    message: 'the answer did not happen within 5 ms',
  });
  await assert.rejects(
    until(() => false, 5, 'the flag'),
    { code: 'TIMEOUT' },
  );
});

const service = (body: string) =>
  `import { run } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)}; await run('svc', async () => { process.send?.('up'); ${body} });`;

function start(body: string) {
  return spawn(process.execPath, ['--input-type=module', '-e', service(body)], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
}

const KEEP = 'const timer = setInterval(() => {}, 1000);';

test('a service closes its parts last to first at SIGTERM and exits 0', async () => {
  const child = start(`${KEEP} return ['first', 'second'].map((name) => ({ name, close() { console.log(name); } }));`);
  await once(child, 'message');
  let out = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
  assert.equal(out, 'second\nfirst\n');
});

test('a service stops when its supervisor disappears', async () => {
  const child = start(`${KEEP} return [{ name: 'part', close() { console.log('closed'); } }];`);
  await once(child, 'message');
  child.disconnect();
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});

test('a part that cannot open ends the service with 1 and one line', async () => {
  const child = start(`throw new Error('no such thing');`);
  let err = '';
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
  assert.match(err, /^INTERNAL: no such thing/);
});

test('a part that never closes is cut off at a second signal', async () => {
  const child = start(`${KEEP} return [{ name: 'part', close() { console.log('closing'); return new Promise(() => {}); } }];`);
  await once(child, 'message');
  child.kill('SIGTERM');
  await once(child.stdout!, 'data');
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 1);
});
