import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { until } from '@baton/core';
import { clusterKeys, openRedis, Store, type StoredEvent, startTestRedis } from '@baton/store';
import { createLogger } from '@baton/telemetry';
import { newCluster } from './cluster/cluster.ts';
import { EventWriter } from './event-writer.ts';
import { Lead } from './lead.ts';
import { TestTime } from './testing/test-time.ts';

const eventOf = (message: string): StoredEvent => ({ atMs: 1, type: 'test', message });

/** The writer of a leader on a real Redis; `through`: the address the leader uses. */
async function openWriter(t: TestContext, { through = async (url: string) => url } = {}) {
  const server = await startTestRedis({ isDurable: true });
  const redis = openRedis(await through(server.url), { name: 'events-test' });
  const other = openRedis(server.url, { name: 'events-test-other' });
  t.after(async () => {
    redis.disconnect();
    other.disconnect();
    await server.close();
  });
  const time = new TestTime();
  const lines: { dropped?: number; msg: string }[] = [];
  const log = createLogger('was', { level: 'warn', destination: { write: (line) => void lines.push(JSON.parse(line)) } });
  const settled: StoredEvent[] = [];
  const store = new Store(redis, 'c');
  const lead = await Lead.take({
    redis,
    store,
    clusterId: 'c',
    holder: 'was',
    log: createLogger('was', { level: 'silent' }),
    cluster: newCluster('c'),
    onReplaced: () => writer.stop(),
  });
  const writer: EventWriter = new EventWriter({
    time,
    log,
    append: (event, mark) => lead.fenced((writes) => writes.appendEvent(event, mark)),
    onSettled: (event) => settled.push(event),
  });
  const written = async () => (await new Store(other, 'c').events(20_000)).map(({ message }) => message);
  const isRefusing = (is: boolean) => other.config('SET', 'min-replicas-to-write', is ? '1' : '0');
  return { server, other, time, lines, settled, writer, written, isRefusing };
}

/** A way to Redis. After `cutReply` the next command arrives, its reply is lost and so is the link. */
async function openLossyWay(t: TestContext, url: string) {
  const target = url.slice('unix:'.length);
  let isCutting = false;
  let lost = 0;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (reply) => {
      if (!isCutting) return near.write(reply);
      isCutting = false;
      lost += 1;
      return near.destroy();
    });
  });
  const path = `${target}-lossy`;
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const cutReply = () => {
    isCutting = true;
  };
  return { url: `unix:${path}`, cutReply, lost: () => lost };
}

describe('the stream of events', { concurrency: 4 }, () => {
  it('gets what Redis has refused in order, once, and followers hear of it then', async (t) => {
    const { writer, written, isRefusing, time, settled, lines } = await openWriter(t);
    writer.add(eventOf('before'));
    await writer.settled();
    await isRefusing(true);
    for (const message of ['a', 'b', 'c']) writer.add(eventOf(message));
    await until(() => lines.length > 0, 10_000, 'the refusal');
    time.advance(1_000);
    assert.deepEqual([await written(), settled.length], [['before'], 1]);
    await isRefusing(false);
    writer.add(eventOf('d'));
    writer.retry();
    await writer.settled();
    assert.deepEqual(await written(), ['before', 'a', 'b', 'c', 'd']);
    assert.deepEqual(
      settled.map(({ message, id }) => [message, id !== undefined]),
      ['before', 'a', 'b', 'c', 'd'].map((message) => [message, true]),
    );
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ['Redis refuses an event; events wait until it takes them'],
    );
  });

  it('gets what happened while Redis was dead', async (t) => {
    const { writer, written, server } = await openWriter(t);
    const all = Array.from({ length: 50 }, (_, n) => `e${n}`);
    for (const message of all.slice(0, 20)) writer.add(eventOf(message));
    await until(async () => (await written()).length > 0, 10_000, 'the first one');
    await server.kill();
    for (const message of all.slice(20)) writer.add(eventOf(message));
    await server.start();
    await writer.settled();
    assert.deepEqual(await written(), all);
  });

  it('holds an event once whose reply was lost', async (t) => {
    let way: Awaited<ReturnType<typeof openLossyWay>> | undefined;
    const through = async (url: string) => {
      way = await openLossyWay(t, url);
      return way.url;
    };
    const { writer, written } = await openWriter(t, { through });
    writer.add(eventOf('a'));
    await writer.settled();
    way?.cutReply();
    for (const message of ['b', 'c']) writer.add(eventOf(message));
    await writer.settled();
    assert.deepEqual([way?.lost(), await written()], [1, ['a', 'b', 'c']]);
  });

  it('lacks the oldest of more than 10,000 that waited, which one line of the log counts', async (t) => {
    const { writer, written, isRefusing, settled, lines } = await openWriter(t);
    await isRefusing(true);
    writer.add(eventOf('e0'));
    await until(() => lines.length > 0, 10_000, 'the refusal');
    for (let n = 1; n < 10_007; n++) writer.add(eventOf(`e${n}`));
    await isRefusing(false);
    writer.retry();
    await writer.settled();
    assert.deepEqual([settled.length, (await written()).at(-1)], [10_007, 'e10006']);
    assert.deepEqual(
      settled.flatMap(({ id, message }) => (id === undefined ? [message] : [])),
      ['e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6'],
    );
    assert.deepEqual(lines.map(({ dropped }) => dropped).filter(Boolean), [7]);
  });

  it('gets nothing late of a leader that was replaced', async (t) => {
    const { writer, written, isRefusing, other, settled, lines } = await openWriter(t);
    await isRefusing(true);
    for (const message of ['a', 'b']) writer.add(eventOf(message));
    await until(() => lines.length > 0, 10_000, 'the refusal');
    await isRefusing(false);
    await other.set(clusterKeys('c').epoch, 9);
    writer.retry();
    await writer.settled();
    assert.deepEqual(await written(), []);
    assert.deepEqual(
      settled.map(({ message, id }) => [message, id]),
      [
        ['a', undefined],
        ['b', undefined],
      ],
    );
    assert.equal(lines.at(-1)?.dropped, 2);
    writer.add(eventOf('later'));
    await writer.settled();
    assert.deepEqual([await written(), settled.at(-1)?.message], [[], 'later']);
  });
});
