import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { control, create } from '@baton/proto';
import { clusterKeys } from '@baton/store';
import { Redis } from 'ioredis';
import { OrderDesk } from './control/desk.ts';
import { get, openAdapter } from './testing/adapter-end.ts';
import { Harness, isRunning } from './testing/harness.ts';
import { ScriptedWas } from './testing/scripted-was.ts';

// Each test is named after an entry of FLAWS or BUGS in test/model, and takes the real host, on a real Redis, or a real child along its
// shortest trace.

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));
const APP = "require('node:http').createServer((request, response) => response.end(request.url)).listen(process.env.PORT);";

suite('the flaws of the model, at a worker host', () => {
  test('no checkAtEntry: an order whose epoch was current when it was read is refused when the host meets the next leader before it enters it', async (t) => {
    await using harness = await Harness.open();
    const read = Redis.prototype.get;
    const epochsRead: (string | null)[] = [];
    t.mock.method(Redis.prototype, 'get', async function (this: Redis, key: string) {
      const epoch = await read.call(this, key);
      if (key !== clusterKeys('test').epoch) return epoch;
      epochsRead.push(epoch);
      const { port } = harness.was;
      harness.was.down();
      harness.was = await ScriptedWas.start(port);
      harness.was.epoch = 2;
      await until(() => harness.host.table.highestEpoch === 2, 10_000, 'the attachment to the next leader');
      return epoch;
    });
    await harness.start('w1');
    const refusal = await until(() => harness.was.all('orderRefused')[0], 10_000, 'the refusal');
    assert.deepEqual([refusal.reason, refusal.epoch, refusal.highestEpoch], ['stale', 1, 2]);
    assert.deepEqual(epochsRead, ['1']);
    assert.deepEqual([harness.host.table.view(), harness.host.counts().workersStarted], [[], 0]);
  });

  test('no checkAtEntry: whoever comes next after an order was compared finds it entered and its worker started, for nothing in that step waits', async (t) => {
    await using harness = await Harness.open();
    const found: unknown[] = [];
    const enter = OrderDesk.prototype.enter;
    t.mock.method(OrderDesk.prototype, 'enter', function (this: OrderDesk, ...order: Parameters<typeof enter>) {
      enter.apply(this, order);
      const { ordersEntered, workersStarted } = harness.host.counts();
      found.push([harness.host.table.view().map(({ workerId }) => workerId), ordersEntered, workersStarted]);
    });
    await harness.start('w1');
    await harness.was.state('w1', 'CONNECTED');
    assert.deepEqual(found, [[['w1'], 1, 1]]);
  });

  test('host-checks-only-seen: an order below the epoch in Redis is refused by a host that has not met the new leader', async () => {
    await using harness = await Harness.open();
    await harness.setEpoch(2);
    await harness.start('w1');
    const refusal = await until(() => harness.was.all('orderRefused')[0], 10_000, 'the refusal');
    assert.deepEqual([refusal.reason, refusal.epoch, refusal.highestEpoch], ['stale', 1, 2]);
    assert.equal(harness.was.latest('w1'), undefined);
    await harness.start('w1', {}, { epoch: 2 });
    await harness.was.state('w1', 'CONNECTED');
  });
});

suite('the flaws of the model, in a worker process', () => {
  test('no leaving while the streams are down: a worker dials a detached channel, is not held up by it, and dials at once when told again', async () => {
    await using harness = await Harness.open({ childMain: CHILD_MAIN });
    await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
    await using adapter = await openAdapter();
    const { token, proofKey, blob } = await adapter.startFields();
    let dials = 0;
    const away = createServer((socket) => {
      dials++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve));
    const endpoint = `127.0.0.1:${(away.address() as AddressInfo).port}`;
    const detached = {
      adapterId: 'a2',
      channelId: 1,
      blob: Buffer.from(JSON.stringify({ ...JSON.parse(blob.toString()), adapterId: 'a2', endpoints: [endpoint] })),
      detached: true,
    };
    const value = create(control.StartSchema, {
      app: { appKey: 'shop', entry: 'app.js', ports: [8080] },
      role: 'replacement:r1',
      identityToken: token,
      proofKey,
      channels: [{ adapterId: 'a1', channelId: 1, blob }, detached],
      startupTimeLimitMs: 10_000,
      shutdownTimeLimitMs: 5_000,
    });
    await harness.order('w1', { verb: { case: 'start', value } });
    const report = await harness.was.state('w1', 'CONNECTED', 20_000);
    assert.deepEqual(
      report.connected.map(({ adapterId }) => adapterId),
      ['a1'],
    );
    // Dials become rare; an order says that it is worth one now.
    await until(() => dials > 8, 20_000, 'some dials');
    const before = dials;
    await harness.order('w1', {
      verb: { case: 'connect', value: create(control.ConnectSchema, { channels: [detached], identityToken: token }) },
    });
    await until(() => dials >= before + 3, 2_000, 'three dials in a row');
    assert.equal(harness.was.latest('w1')?.state, control.WorkerState.CONNECTED);
    away.close();
  });

  test('no leaving: a worker told to stop exits only when it has read drain on its link, and answers what comes before that', async () => {
    await using harness = await Harness.open({ childMain: CHILD_MAIN });
    await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
    await using adapter = await openAdapter({ drainsOnLeaving: false });
    await harness.start('w1', await adapter.startFields());
    const { pid } = await harness.was.state('w1', 'CONNECTED', 20_000);
    const session = await adapter.connected;
    // The request is written to it, and it reads nothing before the stop order has come too.
    process.kill(pid, 'SIGSTOP');
    const answer = get(session, '/late');
    await harness.stop('w1', { limitMs: 5_000, cause: 'recycle', successorWorkerId: 'w2' });
    await harness.was.state('w1', 'STOPPING');
    process.kill(pid, 'SIGCONT');
    assert.equal(await answer, '/late');
    await adapter.left;
    assert.equal(await isRunning(pid), true);
    session.drain();
    const { exit } = await harness.was.state('w1', 'EXITED');
    assert.deepEqual([exit?.planned, exit?.errorCode], [true, '']);
  });

  test('no idleDialsNothing: a worker that has said it is idle dials no further channel until its wish is answered', async () => {
    await using harness = await Harness.open({ childMain: CHILD_MAIN });
    await writeFile(join(harness.dir, 'apps', 'app.js'), APP);
    await using adapter = await openAdapter();
    const other = createServer((socket) => socket.destroy());
    let dials = 0;
    other.on('connection', () => dials++);
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const endpoint = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const start = await adapter.startFields();
    await harness.start('w1', { ...start, idleTimeoutMs: 200 });
    await harness.was.state('w1', 'CONNECTED', 20_000);
    const wishes = () => harness.was.all('wish').filter(({ kind }) => kind === control.WishKind.IDLE_OUT);
    await until(() => wishes().length > 0, 10_000, 'the wish');
    const blob = { ...JSON.parse(start.blob.toString()), adapterId: 'a2', endpoints: [endpoint] };
    const channels = [{ adapterId: 'a2', channelId: 1, protocolId: 'http', blob: Buffer.from(JSON.stringify(blob)) }];
    const value = create(control.ConnectSchema, { identityToken: start.token, channels });
    await harness.order('w1', { verb: { case: 'connect', value } });
    const before = wishes().length;
    await until(() => wishes().length >= before + 2, 10_000, 'the wish to be repeated');
    assert.equal(dials, 0);
    harness.was.answerWish('w1', false);
    await until(() => dials > 0, 10_000, 'the dial after the answer');
    await new Promise<void>((resolve) => other.close(() => resolve()));
  });
});
