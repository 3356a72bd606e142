import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WasLink } from '@baton/adapter-kit';
import {
  applicationCreated,
  canOpenNew,
  FakeSession,
  handover,
  poolCreated,
  recycleReportReceived,
  ScriptedWas,
} from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { create, listener } from '@baton/proto';
import { status } from '@grpc/grpc-js';
import type { AdapterService } from '../service.ts';
import { openStage, SHOP, type Stage, type StageOptions } from '../testing/stage.ts';

interface Set extends Stage {
  connect(session?: FakeSession): FakeSession;
}

/** A stage on which workers are played without links. */
async function setUp(options: StageOptions = {}): Promise<Set> {
  const stage = await openStage(options);
  const connect = (session = new FakeSession()): FakeSession => {
    stage.service.adapter.pools.get('shop')!.place.connected(session);
    return session;
  };
  return { ...stage, connect };
}

const probe = async (service: AdapterService, path: string): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${service.probes.port}${path}`);
  return `${response.status} ${await response.text()}`;
};

describe('registration', () => {
  it('names adapter, protocol and process, with the shared secret, and is ready after the whole configuration', async () => {
    await using t = await setUp();
    const register = await t.was.nth('register');
    assert.deepEqual([register.adapterId, register.protocolId, register.pid, register.channels.length], ['a1', 'http', process.pid, 0]);
    assert.deepEqual(t.was.authorizations, ['Bearer s3cret']);
    assert.equal(await probe(t.service, '/readyz'), '200 ok\n');
    assert.ok(t.service.adapter.httpPort(0) > 0);
  });

  it('waits for WAS when it is fresh: not ready, no port open', async () => {
    await using t = await setUp({ answersRegister: false });
    await t.was.nth('register');
    assert.equal(await probe(t.service, '/readyz'), '503 waiting for WAS\n');
    assert.equal(await probe(t.service, '/livez'), '200 ok\n');
    assert.equal(t.service.adapter.httpPort(0), 0);
  });

  it('comes again after the stream was lost, with channels, blobs, and per slot who is eligible and the last Handover', async () => {
    await using t = await setUp();
    const client = await t.get();
    await t.was.nthOpen();
    const worker = t.connect();
    await worker.request();
    t.connect(new FakeSession({ generation: 2, role: 'replacement:r1' }));
    t.was.send(handover({}));
    await t.was.nth('handoverAnswer');
    t.was.down();
    await t.was.up();
    const { channels, highestEpoch } = await t.was.nth('register', 2);
    assert.equal(highestEpoch, 1);
    const blob = JSON.parse(Buffer.from(channels[0]!.blob).toString());
    assert.deepEqual([blob.adapterId, blob.channelId, blob.pool, blob.v], ['a1', 1, 'shop', 1]);
    const { slot, eligibleWorkerId, eligibleGeneration, lastRecycleId, lastInFlight, highestGeneration } = channels[0]!.slots[0]!;
    assert.deepEqual(
      [slot, eligibleWorkerId, eligibleGeneration, lastRecycleId, lastInFlight, highestGeneration],
      ['shop/1', 'w2', 2, 'r1', 1, 2],
    );
    (await worker.request()).answer();
    await client.until(/ok$/);
  });

  it('drops pools and applications that are not sent again', async () => {
    await using t = await setUp({
      configuration: [...SHOP, poolCreated('old'), applicationCreated('old', 'old', ['http://old.example:0/'])],
    });
    assert.deepEqual([...t.service.adapter.pools.keys()], ['shop', 'old']);
    t.was.configuration = [...SHOP];
    t.was.down();
    await t.was.up();
    await until(() => t.service.adapter.pools.size === 1);
    assert.deepEqual(t.service.adapter.sites.keys(), ['shop']);
  });

  it('is given up and tried anew when ConfigManagerConnected does not come', async () => {
    await using was = await ScriptedWas.start();
    was.answersRegister = false;
    const losses: string[] = [];
    const link = new WasLink({
      addresses: [was.address],
      secret: 's3cret',
      register: () => create(listener.RegisterSchema, { adapterId: 'a1', protocolId: 'http' }),
      onCallback: () => {},
      onLost: (reason) => losses.push(reason),
      connectLimitMs: 100,
    });
    link.open();
    await was.nth('register', 3);
    link.close();
    assert.deepEqual(losses, [`${was.address} did not connect within 100 ms`], 'said once, until it is connected again');
  });

  it('leaves a leader whose epoch is below the highest it registered with, and obeys nothing of it', async () => {
    await using t = await setUp();
    t.was.epoch = 5;
    t.was.send(poolCreated('five'));
    await until(() => t.service.adapter.pools.has('five'));
    t.was.send(poolCreated('four'), 4);
    const again = await t.was.nth('register', 2);
    assert.equal(again.highestEpoch, 5);
    assert.equal(t.service.adapter.pools.has('four'), false);
  });

  it('is not needed to go on serving', async () => {
    await using t = await setUp();
    const worker = t.connect();
    t.was.down();
    const client = await t.get();
    (await worker.request()).answer('without WAS');
    await client.until(/without WAS$/);
    assert.equal(await probe(t.service, '/readyz'), '200 ok\n');
  });
});

describe('opening', () => {
  it('asks for a worker with permission 0 at the first request, once for all that wait', async () => {
    await using t = await setUp();
    const clients = await Promise.all(Array.from({ length: 10 }, () => t.get()));
    const open = await t.was.nthOpen();
    assert.deepEqual([open.adapterId, open.poolId, open.channelId, open.permission], ['a1', 'shop', 1, 0]);
    await until(() => t.service.adapter.pools.get('shop')!.place.parked.size === 10);
    const worker = t.connect();
    for (let n = 1; n <= 10; n++) (await worker.request(n)).answer();
    for (const client of clients) await client.until(/x-baton-activation: cold; ms=\d+; cause=first-request\r\n[\s\S]*ok$/);
    assert.equal(t.was.opens.length, 1);
  });

  it('treats CanOpenNew as a permission: nothing is opened without work', async () => {
    await using t = await setUp();
    await t.get();
    await t.was.nthOpen();
    const worker = t.connect();
    (await worker.request()).answer();
    t.was.send(handover({ toWorkerId: '', onlyIfIdle: true }));
    await t.was.nth('handoverAnswer');
    t.was.send(canOpenNew('shop', 1, 77));
    await t.get();
    const second = await t.was.nthOpen(2);
    assert.equal(second.permission, 77);
    assert.equal(t.was.opens.length, 2);
  });

  it('does not ask without a permission', async () => {
    await using t = await setUp();
    await t.get();
    await t.was.nthOpen();
    await t.get();
    await until(() => t.service.adapter.pools.get('shop')!.place.parked.size === 2);
    await t.was.nth('loadReport');
    assert.equal(t.was.opens.length, 1);
  });

  it('repeats an Open that was not answered, with the same number', async () => {
    await using t = await setUp({ before: (was) => (was.openStatus = status.UNAVAILABLE) });
    await t.get();
    await until(() => t.was.calls.length > 0);
    t.was.openStatus = undefined;
    assert.equal((await t.was.nthOpen()).permission, 0);
  });

  it('waits for the next permission when an Open is refused', async () => {
    await using t = await setUp({ before: (was) => (was.openStatus = status.INVALID_ARGUMENT) });
    await t.get();
    await until(() => t.was.calls.length === 1);
    t.was.openStatus = undefined;
    t.was.send(canOpenNew('shop', 1, 5));
    assert.equal((await t.was.nthOpen()).permission, 5);
    assert.equal(t.was.calls.length, 2);
  });

  it('happens at once for a pool that always runs', async () => {
    await using t = await setUp({ configuration: [poolCreated('shop', { startMode: 'alwaysRunning' }), SHOP[1]] });
    assert.equal((await t.was.nthOpen()).permission, 0);
  });

  it('asks while the eligible worker is not connected here', async () => {
    await using t = await setUp();
    const worker = t.connect();
    worker.state = 'suspended';
    t.service.adapter.pools.get('shop')!.place.changed();
    await t.get();
    await t.was.nthOpen();
  });
});

describe('callbacks', () => {
  it('obey Handover in one step and answer with its id', async () => {
    await using t = await setUp();
    const old = t.connect();
    t.was.send(handover({ recycleId: 'r7' }));
    const early = await t.was.nth('handoverAnswer');
    assert.deepEqual([early.recycleId, early.poolId, early.channelId, early.answer.case], ['r7', 'shop', 1, 'notReady']);
    await t.get();
    await old.request();
    t.connect(new FakeSession({ generation: 2, role: 'replacement:r7' }));
    t.was.send(handover({ recycleId: 'r7' }));
    const { answer } = await t.was.nth('handoverAnswer', 2);
    assert.ok(answer.case === 'done');
    assert.equal(answer.value.inFlight, 1);
    assert.deepEqual(old.frames, ['open /', 'drain']);
    t.was.send(handover({ recycleId: 'r8', fromWorkerId: 'w2', toWorkerId: '', onlyIfIdle: true }));
    const busy = await t.was.nth('handoverAnswer', 3);
    assert.ok(busy.answer.case === 'busy');
    assert.equal(busy.answer.value.inFlight, 1);
  });

  it('end the requests of a worker that is gone, and of nobody else', async () => {
    await using t = await setUp();
    const worker = t.connect();
    const client = await t.get();
    client.send('POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    await worker.request();
    (await worker.request()).answer();
    await worker.request(2);
    const facts = { poolId: 'shop', slot: 'shop/1', workerId: 'w1', cause: 'killed by SIGKILL', planned: false };
    t.was.send({ case: 'instanceGone', value: create(listener.InstanceGoneSchema, facts) });
    await client.until(/502 Bad Gateway[\s\S]*killed by SIGKILL/);
  });

  it('refuse what waits when the pool stops, and name why none starts', async () => {
    await using t = await setUp();
    const client = await t.get();
    await t.was.nthOpen();
    const failing = create(listener.ActivationFailingSchema, { poolId: 'shop', code: 'APP_THREW', cause: 'no express' });
    t.was.send({ case: 'activationFailing', value: failing });
    await until(() => t.service.adapter.pools.get('shop')!.place.fault?.code === 'APP_THREW');
    const changed = create(listener.ApplicationPoolStateChangedSchema, { poolId: 'shop', enabled: false, cause: 'stopped by an operator' });
    t.was.send({ case: 'applicationPoolStateChanged', value: changed });
    await client.until(/503 Service Unavailable[\s\S]*POOL_STOPPED[\s\S]*stopped by an operator/);
  });

  it('open and close ports as applications come and go', async () => {
    await using t = await setUp();
    t.was.send(applicationCreated('more', 'shop', ['http://127.0.0.1:0/more/']));
    t.was.send({ case: 'applicationDeleted', value: create(listener.ApplicationDeletedSchema, { appKey: 'shop' }) });
    await until(() => t.service.adapter.sites.keys().join() === 'more' && t.service.adapter.httpPort(0) > 0);
    const worker = t.connect();
    await until(async () => {
      const client = await t.get('/more/x').catch(() => undefined);
      return (
        client && (await until(() => worker.streams.length > 0 || client.hasEnded, 1_000).catch(() => false)) && worker.streams.length > 0
      );
    });
  });
});

describe('reports', () => {
  it('tell figures that changed, at most once a second', async () => {
    await using t = await setUp();
    await t.get();
    const first = await t.was.nth('loadReport');
    const at = Date.now();
    const load = first.pools[0]!;
    assert.deepEqual([load.poolId, load.channelId, load.parked, load.inFlight, load.requestsTotal], ['shop', 1, 1, 0, 1]);
    const worker = t.connect();
    (await worker.request()).answer();
    const second = await t.was.nth('loadReport', 2);
    assert.ok(Date.now() - at > 800, `${Date.now() - at} ms after the first`);
    assert.deepEqual([second.pools[0]!.parked, second.pools[0]!.inFlight], [0, 0]);
  });

  it('tell a worker that does not answer a ping in time, once', async () => {
    await using t = await setUp({ configuration: [poolCreated('shop', { pingIntervalMs: 50 }), SHOP[1]] });
    const worker = t.connect();
    t.service.adapter.watch(worker);
    const unhealthy = await t.was.nth('instanceUnhealthy');
    assert.deepEqual([unhealthy.poolId, unhealthy.channelId, unhealthy.workerId], ['shop', 1, 'w1']);
    assert.match(unhealthy.reason, /within 100 ms/);
    assert.equal(worker.pings.length, 1);
  });
});

describe('reports of recycles', () => {
  const figures = ({ inFlightAtHandover, finished, moved, replayed, failed, final }: listener.RecycleReport) => [
    inFlightAtHandover,
    finished,
    moved,
    replayed,
    failed,
    final,
  ];
  /** Recycle r1 from w1, with so many requests in flight, to w2. */
  const recycle = async (t: Set, inFlight: number): Promise<FakeSession> => {
    const old = t.connect();
    for (let n = 1; n <= inFlight; n++) {
      await t.get();
      await old.request(n);
    }
    t.connect(new FakeSession({ generation: 2, role: 'replacement:r1' }));
    t.was.send(handover({}));
    return old;
  };

  it('are final at once when nothing was in flight, and come behind the answer', async () => {
    await using t = await setUp();
    await recycle(t, 0);
    const report = await t.was.nth('recycleReport');
    assert.deepEqual([report.recycleId, report.poolId, report.channelId, report.slot], ['r1', 'shop', 1, 'shop/1']);
    assert.deepEqual([...figures(report), report.lastEndedAtMs], [0, 0, 0, 0, 0, true, 0]);
    const kinds = t.was.heard.map((message) => message.case).filter((kind) => kind === 'handoverAnswer' || kind === 'recycleReport');
    assert.deepEqual(kinds, ['handoverAnswer', 'recycleReport']);
  });

  it('begin when something ends late, come each second at most, and are final when all have ended', async () => {
    await using t = await setUp();
    const old = await recycle(t, 3);
    assert.equal((await t.was.nth('handoverAnswer')).answer.value?.$typeName, 'baton.listener.v1.HandoverDone');
    old.streams[0]!.answer();
    assert.deepEqual(figures(await t.was.nth('recycleReport')), [3, 1, 0, 0, 0, false]);
    const at = Date.now();
    old.streams[1]!.sendReset('APP_ABORTED');
    assert.deepEqual(figures(await t.was.nth('recycleReport', 2)), [3, 1, 0, 0, 1, false]);
    assert.ok(Date.now() - at > 800, `${Date.now() - at} ms after the first`);
    old.streams[2]!.answer();
    const last = await t.was.nth('recycleReport', 3);
    assert.deepEqual(figures(last), [3, 2, 0, 0, 1, true]);
    assert.ok(Math.abs(last.lastEndedAtMs - Date.now()) < 1_000, `${last.lastEndedAtMs}`);
  });

  it('are kept while the stream is down, and the last one until it was received', async () => {
    await using t = await setUp();
    const old = await recycle(t, 2);
    await t.was.nth('handoverAnswer');
    t.was.down();
    await until(() => !t.service.was.isConnected);
    for (const stream of old.streams) stream.answer();
    await t.was.up();
    assert.deepEqual(figures(await t.was.nth('recycleReport')), [2, 2, 0, 0, 0, true]);
    t.was.down();
    await t.was.up();
    assert.deepEqual(figures(await t.was.nth('recycleReport', 2)), [2, 2, 0, 0, 0, true]);
    t.was.send(recycleReportReceived('r1'));
    t.was.send(poolCreated('marker'));
    await until(() => t.service.adapter.pools.has('marker'));
    t.was.down();
    await t.was.up();
    await until(() => t.service.was.isConnected);
    await t.was.nth('register', 4);
    t.was.send(handover({ recycleId: 'r2', toWorkerId: 'w3' }));
    await t.was.nth('handoverAnswer', 2);
    assert.equal(t.was.all('recycleReport').length, 2);
  });

  it('tell once more how long a request waited that was parked behind the last word', async () => {
    await using t = await setUp();
    t.connect();
    t.was.send(handover({ toWorkerId: '' }));
    assert.equal((await t.was.nth('recycleReport')).longestHoldMs, 0);
    t.was.send(recycleReportReceived('r1'));
    const client = await t.get();
    await until(() => t.service.adapter.pools.get('shop')!.place.parked.size === 1);
    const next = t.connect(new FakeSession({ generation: 2 }));
    (await next.request()).answer();
    await client.until(/ok$/);
    const report = await t.was.nth('recycleReport', 2);
    assert.ok(report.final && report.longestHoldMs > 0, `${report.longestHoldMs}`);
  });
});

describe('stopping', () => {
  it('is not ready while it drains, then takes leave: CloseAll, AllStopped, Unregister', async () => {
    await using t = await setUp();
    const client = await t.get();
    await t.was.nthOpen();
    const worker = t.connect();
    const stream = await worker.request();
    const stopped = t.service.stop();
    await until(async () => (await probe(t.service, '/readyz')) === '503 draining\n');
    assert.deepEqual(t.was.calls, ['open']);
    stream.answer('last words');
    await client.until(/Connection: close[\s\S]*last words$/);
    client.socket.end();
    await stopped;
    assert.deepEqual(t.was.calls, ['open', 'closeAll', 'unregister']);
  });
});

describe('metrics', () => {
  it('count what the request path did, by pool', async () => {
    await using t = await setUp();
    const worker = t.connect();
    const client = await t.get();
    (await worker.request()).answer();
    await client.until(/ok$/);
    const text = await probe(t.service, '/metrics');
    assert.match(text, /^baton_requests_total\{pool="shop",protocol="http",outcome="answered"\} 1$/m);
    assert.match(text, /^baton_requests_total\{pool="shop",protocol="http",outcome="failed"\} 0$/m);
    assert.match(text, /^baton_connections\{protocol="http"\} 1$/m);
    assert.match(text, /^baton_was_connected 1$/m);
  });
});
