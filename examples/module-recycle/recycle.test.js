import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHost } from '@baton/sdk/testing';
import * as original from './original.js';
import { recycleModule } from './recycle.js';

const app = (_req, res) => res.end('hello');

test('the module of the original asks for a recycle with every response, and no request fails of it', async () => {
  await using host = await startTestHost({ modules: { original }, app });
  await thousandResponses(host);
  assert.equal(host.recycles.length, 1000);
  assert.deepEqual(new Set(host.recycles), new Set(['Recycling process.']));
});

test('1,000 responses under the guard are one wish, with what led to it', async () => {
  await using host = await startTestHost({ modules: { recycle: recycleModule({ responses: 1 }) }, app });
  await thousandResponses(host);
  assert.deepEqual(host.recycles, ['Recycling process: it has sent 1 responses.']);
});

test('a worker that has not served enough is let alone', async () => {
  await using host = await startTestHost({ modules: { recycle: recycleModule({ responses: 1001 }) }, app });
  await thousandResponses(host);
  assert.deepEqual(host.recycles, []);
  await (await host.fetch('/')).text();
  assert.equal(host.recycles.length, 1);
});

test('a response in many pieces counts once', async () => {
  const pieces = async (_req, res) => {
    for (let index = 0; index < 10; index++) {
      res.write('piece');
      await new Promise(setImmediate);
    }
    res.end();
  };
  await using host = await startTestHost({ modules: { recycle: recycleModule({ responses: 2 }) }, app: pieces });
  assert.equal(await (await host.fetch('/')).text(), 'piece'.repeat(10));
  assert.deepEqual(host.recycles, []);
  assert.equal(await (await host.fetch('/')).text(), 'piece'.repeat(10));
  assert.equal(host.recycles.length, 1);
});

test('a wish that has led to nothing is said again', async () => {
  let nowMs = 0;
  const recycle = recycleModule({ responses: 1, askAgainMs: 60_000, now: () => nowMs });
  await using host = await startTestHost({ modules: { recycle }, app });
  await (await host.fetch('/')).text();
  nowMs = 59_999;
  await (await host.fetch('/')).text();
  assert.equal(host.recycles.length, 1);
  nowMs = 60_000;
  await (await host.fetch('/')).text();
  assert.equal(host.recycles.length, 2);
});

test('a limit that is no number keeps the worker from serving, and says what was expected', async () => {
  await assert.rejects(
    startTestHost({ modules: { recycle: recycleModule({ responses: Number('many') }) }, app }),
    /must be a number of responses, 1 or more/,
  );
});

async function thousandResponses(host) {
  for (let batch = 0; batch < 20; batch++)
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const response = await host.fetch('/');
        assert.equal(response.status, 200);
        assert.equal(await response.text(), 'hello');
      }),
    );
}
