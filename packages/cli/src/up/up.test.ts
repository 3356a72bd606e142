import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { until } from '@baton/core';
import { freePort } from '@baton/core/testing';
import { Redis } from 'ioredis';
import { makePlace, processesOf, startReadyUp, startUp } from '../testing/run-up.ts';

/** Names in the data directory that may stay when nothing runs. */
const AT_REST = ['identity.json', 'logs', 'redis'];

describe('baton up', { concurrency: 3 }, () => {
  test('up prints where everything is reached and then ready, and the app answers there', async () => {
    using place = await makePlace();
    await using up = await startReadyUp(place);
    assert.match(up.stdout(), new RegExp(`^shop +http://localhost:${place.port}/ +pool shop, starts with the first request$`, 'm'));
    assert.match(up.stdout(), /^admin +http:\/\/127\.0\.0\.1:\d+\/ +token in /m);
    assert.equal((await fetch(`http://localhost:${place.port}/`)).status, 200);
  });

  test('cluster.json is for its owner only and names the address, the token, and every process that runs', async () => {
    using place = await makePlace();
    await using up = await startReadyUp(place, { args: ['--config', 'baton.yaml', '--hosts', '2'] });
    const file = up.file();
    assert.equal(statSync(join(place.dataDir, 'cluster.json')).mode & 0o777, 0o600);
    assert.deepEqual(Object.keys(file.pids).sort(), ['adapter-1', 'host-1', 'host-2', 'redis', 'up', 'was']);
    for (const pid of Object.values(file.pids)) assert.ok(process.kill(pid, 0));
    assert.equal(file.pids.up, up.process.pid);
    const answer = (token: string) => fetch(`${file.adminUrl}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await answer(file.token)).status, 200);
    assert.equal((await answer('wrong')).status, 401);
  });

  test('Ctrl-C lets a request in flight be answered, exits 0 and leaves no process, port, lock or socket', async () => {
    using place = await makePlace();
    await using up = await startReadyUp(place);
    const answer = fetch(`http://localhost:${place.port}/?ms=700`);
    await fetch(`http://localhost:${place.port}/`);
    up.process.kill('SIGINT');
    assert.equal((await answer).status, 200);
    assert.equal(await up.exited, 0);
    assert.deepEqual(processesOf(place), []);
    await assert.rejects(fetch(`http://localhost:${place.port}/`));
    assert.deepEqual(readdirSync(place.dataDir).sort(), AT_REST);
  });

  test('a second Ctrl-C ends everything at once, with code 130', async () => {
    using place = await makePlace();
    await using up = await startReadyUp(place);
    const answer = fetch(`http://localhost:${place.port}/?ms=60000`).catch(() => 'cut');
    await fetch(`http://localhost:${place.port}/`);
    up.process.kill('SIGINT');
    await until(() => /stopping/.test(up.stdout()), 5_000, 'the line of the first Ctrl-C');
    await new Promise((resolve) => setTimeout(resolve, 300)); // two signals at almost the same time are one keystroke
    up.process.kill('SIGINT');
    assert.equal(await up.exited, 130);
    assert.equal(await answer, 'cut');
    await until(() => processesOf(place).length === 0, 2_000, 'the end of every process');
  });

  test('Ctrl-C while it is still starting ends what was started', async () => {
    using place = await makePlace();
    await using up = startUp(place);
    await until(() => processesOf(place).length > 0, 10_000, 'the first process');
    up.process.kill('SIGINT');
    assert.equal(await up.exited, 0);
    assert.deepEqual(processesOf(place), []);
  });

  test('when up is killed with SIGKILL every process ends by itself, and the next up in the same directory runs at once', async () => {
    using place = await makePlace();
    const first = await startReadyUp(place);
    first.process.kill('SIGKILL');
    await first.exited;
    await using second = await startReadyUp(place);
    assert.equal((await fetch(`http://localhost:${place.port}/`)).status, 200);
    second.process.kill('SIGKILL');
    await until(() => processesOf(place).length === 0, 10_000, 'the end of every process');
  });

  test('when the launcher that holds the IPC channel disappears, up stops in order', async () => {
    using place = await makePlace();
    await using up = await startReadyUp(place, { hasIpc: true });
    up.process.disconnect();
    assert.equal(await up.exited, 0);
    assert.deepEqual(processesOf(place), []);
  });

  test('a service that dies is restarted, a line says so, and WAS comes back on the ports it had', async () => {
    using place = await makePlace();
    await using up = await startReadyUp(place);
    const before = up.file();
    process.kill(before.pids.was!, 'SIGKILL');
    await until(() => /^was is back \(pid \d+\)$/m.test(up.stdout()), 10_000, 'the return of WAS');
    assert.match(up.stdout(), /^was ended \(SIGKILL\); it is restarted in 0\.2 s$/m);
    const after = up.file();
    assert.notEqual(after.pids.was, before.pids.was);
    assert.deepEqual(after.ports, before.ports);
    assert.equal(after.adminUrl, before.adminUrl);
  });

  test('the private Redis keeps what it held when it is killed, and over a restart of the cluster; the token and the id stay too', async () => {
    using place = await makePlace();
    const first = await startReadyUp(place);
    const { redis, pids, token, clusterId } = first.file();
    assert.equal(redis, `unix:${join(place.dataDir, 'redis.sock')}`);
    await useRedis(redis, (client) => client.set('kept', 'yes'));
    process.kill(pids.redis!, 'SIGKILL');
    await until(() => /^redis is back/m.test(first.stdout()), 10_000, 'the return of Redis');
    assert.equal(await useRedis(redis, (client) => client.get('kept')), 'yes');
    await first[Symbol.asyncDispose]();
    assert.equal(await first.exited, 0);
    await using second = await startReadyUp(place);
    assert.equal(await useRedis(redis, (client) => client.get('kept')), 'yes');
    assert.deepEqual([second.file().token, second.file().clusterId], [token, clusterId]);
  });

  test('killed with SIGKILL after Redis was restarted, up still takes Redis with it, after the services', async () => {
    using place = await makePlace();
    const up = await startReadyUp(place);
    process.kill(up.file().pids.redis!, 'SIGKILL');
    await until(() => /^redis is back/m.test(up.stdout()), 10_000, 'the return of Redis');
    const { redis } = up.file();
    await useRedis(redis, (client) => client.set('late', 'yes'));
    up.process.kill('SIGKILL');
    await until(() => processesOf(place).length === 0, 10_000, 'the end of every process');
    await using second = await startReadyUp(place);
    assert.equal(await useRedis(second.file().redis, (client) => client.get('late')), 'yes');
  });

  test('two adapters share the public port', async () => {
    using place = await makePlace();
    await using up = await startReadyUp(place, { args: ['--config', 'baton.yaml', '--adapters', '2'] });
    const { pids } = up.file();
    const answered = new Set<number>();
    await until(
      async () => {
        answered.add(Number(await (await fetch(`http://localhost:${place.port}/`)).text()));
        return answered.size === 2;
      },
      10_000,
      'an answer of each adapter',
      0,
    );
    assert.deepEqual([...answered].sort(), [pids['adapter-1'], pids['adapter-2']].sort());
  });

  test('an app is hosted without a configuration, on a free port when it is asked for', async () => {
    using place = await makePlace();
    await using up = await startReadyUp(place, { args: ['./server.js', '--port', '0'] });
    const url = /^server +(http:\S+)/m.exec(up.stdout())?.[1];
    assert.ok(url, up.stdout());
    assert.equal((await fetch(url)).status, 200);
    assert.equal(up.file().appRoot, place.folder);
  });

  test('a Redis that is named is used and left running', async () => {
    using place = await makePlace();
    using other = await makePlace();
    await using donor = await startReadyUp(other);
    const redis = donor.file().redis;
    const up = await startReadyUp(place, { args: ['--config', 'baton.yaml', '--redis', redis] });
    assert.equal(up.file().redis, redis);
    assert.equal(up.file().pids.redis, undefined);
    await up[Symbol.asyncDispose]();
    assert.equal(await useRedis(redis, (client) => client.ping()), 'PONG');
  });

  test('a data directory with a path too long for a socket gets its socket elsewhere, and nothing of it stays', async () => {
    using place = await makePlace();
    const deep = { ...place, dataDir: join(place.folder, 'd'.repeat(120)) };
    const up = await startReadyUp(deep);
    const socket = up.file().redis.slice('unix:'.length);
    assert.ok(socket.length < 104 && existsSync(socket), socket);
    await up[Symbol.asyncDispose]();
    assert.ok(!existsSync(socket));
  });

  test('with --json every line is a JSON document, and ready carries the addresses', async () => {
    using place = await makePlace();
    await using up = startUp(place, { args: ['--config', 'baton.yaml', '--json'] });
    const ready = await until(
      () =>
        up
          .stdout()
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line))
          .find(({ type }) => type === 'ready'),
      20_000,
      'ready',
    );
    assert.deepEqual(
      ready.urls.map(({ url }: { url: string }) => url),
      [`http://localhost:${place.port}/`, `${up.file().adminUrl}/`],
    );
  });

  test('two clusters run beside each other', async () => {
    using one = await makePlace();
    using two = await makePlace();
    await using first = await startReadyUp(one);
    await using second = await startReadyUp(two);
    assert.notEqual(first.file().clusterId, second.file().clusterId);
    assert.equal((await fetch(`http://localhost:${one.port}/`)).status, 200);
    assert.equal((await fetch(`http://localhost:${two.port}/`)).status, 200);
    assert.notEqual(await freePort(), one.port);
  });
});

async function useRedis<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url.slice('unix:'.length));
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}
