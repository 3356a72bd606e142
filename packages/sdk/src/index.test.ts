import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { afterEach, suite, test } from 'node:test';
import { BATON_HOST, type BatonHost } from './baton-host.ts';
import { on, recycleProcess, worker } from './index.ts';

const place = globalThis as { [BATON_HOST]?: BatonHost };

afterEach(() => {
  delete place[BATON_HOST];
});

suite('without Baton', () => {
  test('asking for a recycle does nothing', () => {
    assert.equal(recycleProcess('no need'), undefined);
  });

  test('listening does nothing and can be ended', () => {
    assert.equal(on('draining', () => assert.fail('nothing drains'))(), undefined);
  });

  test('the facts of the worker are empty', () => {
    assert.deepEqual({ ...worker }, { id: '', pool: '', slot: '', generation: 0 });
  });
});

test('in a worker process everything goes to its host object, from whichever copy of the package', () => {
  const said: string[] = [];
  place[BATON_HOST] = {
    version: 1,
    worker: { id: 'w3', pool: 'shop', slot: 'shop/1', generation: 4 },
    recycleProcess: (reason) => said.push(reason),
    on: (event) => {
      said.push(event);
      return () => said.push(`not ${event}`);
    },
  };
  const copy: typeof import('./index.ts') = createRequire(import.meta.url)('./index.js');
  recycleProcess('tired');
  copy.recycleProcess('tired too');
  on('draining', () => {})();
  assert.deepEqual(said, ['tired', 'tired too', 'draining', 'not draining']);
  assert.deepEqual({ ...worker }, { id: 'w3', pool: 'shop', slot: 'shop/1', generation: 4 });
  assert.equal(copy.worker.slot, 'shop/1');
});
