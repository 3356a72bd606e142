import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { on, recycleProcess, worker } from '@baton/sdk';
import { HostObject } from './host-object.ts';

const FACTS = { id: 'w3', pool: 'shop', slot: 'shop/1', generation: 4 };

function install(): { readonly host: HostObject; readonly reasons: string[] } {
  const reasons: string[] = [];
  const host = new HostObject(
    FACTS,
    (reason) => reasons.push(reason),
    () => assert.fail('nobody asks for the server'),
  );
  host.install();
  return { host, reasons };
}

suite('the worker process as an app finds it', () => {
  test('the package reads its facts and passes on the reason of a recycle as one line', () => {
    const { reasons } = install();
    assert.deepEqual({ ...worker }, FACTS);
    recycleProcess(' the cache\n is  broken ');
    recycleProcess('x'.repeat(10_000));
    assert.deepEqual([reasons[0], reasons[1]?.length], ['the cache is broken', 300]);
  });

  test('asking never fails, whatever is given as the reason', () => {
    const { reasons } = install();
    for (const odd of [undefined, Symbol('s'), Object.create(null), new Error('full')]) recycleProcess(odd as string);
    assert.deepEqual(reasons, ['undefined', 'Symbol(s)', '', 'Error: full']);
  });

  test('draining is heard once by each listener, with the deadline', () => {
    const { host } = install();
    const heard: string[] = [];
    on('draining', (deadline) => heard.push(`first ${deadline.getTime()}`));
    on('draining', () => heard.push('second'));
    on('draining', () => heard.push('never'))();
    host.tellDraining(new Date(1_000));
    host.tellDraining(new Date(2_000));
    assert.deepEqual(heard, ['first 1000', 'second']);
  });

  test('a listener that comes after the stop order hears it too', async () => {
    const { host } = install();
    host.tellDraining(new Date(1_000));
    const deadline = await new Promise<Date>((resolve) => on('draining', resolve));
    assert.equal(deadline.getTime(), 1_000);
  });

  test('an error of a listener keeps no other from hearing, and is an uncaught one of the app', async () => {
    const { host } = install();
    const heard: string[] = [];
    on('draining', () => {
      throw new Error('mine');
    });
    on('draining', () => heard.push('second'));
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    try {
      const uncaught = once(process, 'uncaughtException');
      host.tellDraining(new Date());
      assert.deepEqual(heard, ['second']);
      const [error] = await uncaught;
      assert.equal((error as Error).message, 'mine');
    } finally {
      for (const listener of before) process.on('uncaughtException', listener);
    }
  });

  test('an event of a later release is never said', () => {
    install();
    assert.equal(on('paused' as 'draining', () => assert.fail('said'))(), undefined);
  });
});
