import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_LIMITS } from '@baton/adapter-kit';
import { FakeSession } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { freePort } from '@baton/core/testing';
import { startAdapter } from '../testing/harness.ts';
import { RawClient } from '../testing/raw-client.ts';

describe('public ports', () => {
  it('are shared by two adapters with reusePort', async () => {
    const port = await freePort();
    const options = { adapter: { reusePort: true }, application: { bindings: [`http://*:${port}/`] } };
    await using one = await startAdapter(options);
    await using two = await startAdapter(options);
    assert.deepEqual([one.adapter.httpPort(port), two.adapter.httpPort(port)], [port, port]);
  });

  it('give both adapters connections, and lose none when one of them stops', async () => {
    const port = await freePort();
    const start = async (id: string) => {
      const h = await startAdapter({ adapter: { id, reusePort: true }, application: { bindings: [`http://*:${port}/`] } });
      h.worker.onOpen = (stream) => setImmediate(() => stream.answer(id));
      return h;
    };
    await using _stays = await start('stays');
    const answers = new Map<string, number>();
    const visits: Promise<void>[] = [];
    let open = 0;
    const visit = async (): Promise<void> => {
      open++;
      await using client = await RawClient.connect(port);
      client.get('/', 'Connection: close\r\n');
      const text = await client.ended();
      open--;
      const who = /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n(\w+)$/.exec(text)?.[1] ?? `${client.errorCode}: ${text}`;
      answers.set(who, (answers.get(who) ?? 0) + 1);
    };
    // Clients and adapters share one thread, and a port takes one connection in each of its turns: more clients would never let it be quiet.
    const timer = setInterval(() => {
      for (let n = 0; n < 4 && open < 4; n++) visits.push(visit());
    }, 4);
    for (let round = 0; round < 10; round++) {
      const seen = answers.get('stops') ?? 0;
      await using stops = await start('stops');
      await until(() => (answers.get('stops') ?? 0) > seen + 20);
      await stops.adapter.drain();
    }
    clearInterval(timer);
    await Promise.all(visits);
    assert.deepEqual([...answers.keys()].sort(), ['stays', 'stops'], JSON.stringify([...answers]));
    assert.ok((answers.get('stays') ?? 0) > 200, JSON.stringify([...answers]));
  });

  it('that are taken are named, and the others are open', async () => {
    await using other = await startAdapter({ application: { bindings: ['http://127.0.0.1:0/'] } });
    const taken = other.adapter.httpPort(0);
    const faults: string[] = [];
    const log = { info() {}, warn: (_facts: object, message: string) => faults.push(message) };
    await using h = await startAdapter({ adapter: { log } });
    h.adapter.addApplication({ appKey: 'more', pool: 'shop', bindings: [`http://127.0.0.1:${taken}/`] });
    await assert.rejects(h.adapter.listen(), { code: 'PORT_TAKEN' });
    assert.deepEqual(faults, [`another process listens on 127.0.0.1:${taken}`]);
    assert.ok(h.adapter.httpPort(0) > 0);
  });

  it('close when no binding names them, while their connections finish what they have', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    const stream = await h.worker.request();
    h.adapter.removeApplication('shop');
    await h.adapter.listen();
    await assert.rejects(h.client(), { code: 'ECONNREFUSED' });
    stream.answer('finished');
    assert.match(await client.ended(), /Connection: close\r\n[\s\S]*finished$/);
  });

  it('change from one address to every address', async () => {
    const port = await freePort();
    await using h = await startAdapter({ application: { bindings: [`http://127.0.0.1:${port}/`] } });
    h.adapter.addApplication({ appKey: 'all', pool: 'shop', bindings: [`http://*:${port}/all/`] });
    await h.adapter.listen();
    await using client = await RawClient.connect(port);
    client.get('/all/x');
    (await h.worker.request(1)).answer('all');
    await client.until(/all$/);
    client.get('/x');
    const own = await h.worker.request(2);
    assert.equal(own.head.appKey, 'shop');
    own.answer();
  });

  it('change from one address to every address and back, and a connection that fits both does not notice', async () => {
    const port = await freePort();
    const bindings = [[`http://127.0.0.1:${port}/`], [`http://*:${port}/`], [`http://127.0.0.1:${port}/`]];
    await using h = await startAdapter({ application: { bindings: bindings[0]! } });
    await using client = await RawClient.connect(port);
    for (const [at, changed] of bindings.entries()) {
      h.adapter.core.changeBindings('shop', changed);
      await h.adapter.listen();
      client.get(`/${at}`);
      (await h.worker.request(at + 1)).answer();
      assert.match(await client.until(/ok$/), /Connection: keep-alive/i);
      client.take();
    }
    h.adapter.core.changeBindings('shop', [`http://127.0.0.1:${await freePort()}/`]);
    await h.adapter.listen();
    await client.ended();
  });

  it('obey limits that change while they are open', async () => {
    await using h = await startAdapter();
    h.adapter.addApplication({
      appKey: 'shop',
      pool: 'shop',
      bindings: ['http://*:0/'],
      limits: { ...DEFAULT_LIMITS, idleTimeoutMs: 7_000 },
    });
    await h.adapter.listen();
    const client = await h.client();
    client.get();
    (await h.worker.request()).answer();
    await client.until(/Keep-Alive: timeout=7\r\n/);
  });

  it('serve IPv6 and IPv4 clients on one port, with plain addresses', async () => {
    await using h = await startAdapter();
    await using six = await RawClient.connect(h.port, '::1');
    six.get();
    assert.equal((await h.worker.request(1)).head.remoteAddress, '::1');
    const four = await h.client();
    four.get();
    assert.equal((await h.worker.request(2)).head.remoteAddress, '127.0.0.1');
  });
});

describe('a pool that is removed', () => {
  it('refuses what waits, closes its sessions and is not found again', async () => {
    await using h = await startAdapter({ isCold: true });
    const client = await h.client();
    client.get();
    await until(() => h.pool.place.parked.size === 1);
    h.adapter.removePool('shop');
    await client.until(/503 Service Unavailable[\s\S]*POOL_STOPPED/);
    assert.deepEqual(h.adapter.handover('shop', { recycleId: 'r', slot: 'shop/1', from: '', to: 'w1', onlyIfIdle: false }), {
      kind: 'notReady',
    });
    h.adapter.instanceGone('shop', 'shop/1', new FakeSession().identity.workerId, 'exit', true);
  });
});
