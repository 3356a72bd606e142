import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort } from '@baton/core/testing';
import { makePlace, type Place, processesOf, startReadyUp, startUp, type UpSettings } from '../testing/run-up.ts';

const CONFIG = ['--config', 'baton.yaml'];

/** Runs `baton up`, which must refuse with this exit code: nothing runs afterwards and nothing is left. Returns the lines of stderr. */
async function refuse(place: Place, code: number, settings: UpSettings = {}): Promise<string[]> {
  const up = startUp(place, settings);
  assert.equal(await up.exited, code, up.stderr());
  assert.deepEqual(processesOf(place), [], 'something is left running');
  assert.doesNotMatch(up.stdout(), /^ready$/m);
  const left = readdirSync(place.dataDir).filter((name) => !['identity.json', 'logs', 'redis'].includes(name));
  assert.deepEqual(left, []);
  return up.stderr().trim().split('\n');
}

/** The same with exactly one line, which must match. */
async function refuseWith(place: Place, line: RegExp, settings: UpSettings = {}, code = 1): Promise<void> {
  const lines = await refuse(place, code, settings);
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.match(lines[0]!, line);
}

const writeYaml = (place: Place, text: string) => writeFileSync(join(place.folder, 'baton.yaml'), text);

describe('what baton up refuses', { concurrency: 3 }, () => {
  test('a port that is taken is refused by number, with the process that has it', async () => {
    using place = await makePlace();
    const server = createServer().listen(place.port);
    await once(server, 'listening');
    await refuseWith(
      place,
      new RegExp(`^PORT_TAKEN: port ${place.port} \\(app shop\\) is in use by ".+" \\(pid ${process.pid}\\)\\. Stop`),
    );
    server.close();
  });

  test('a port that is taken on one address only is refused too', async () => {
    using place = await makePlace();
    const server = createServer().listen(place.port, '127.0.0.1');
    await once(server, 'listening');
    await refuseWith(place, /^PORT_TAKEN: /);
    server.close();
  });

  test('an admin port that is taken is refused', async () => {
    using place = await makePlace();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await refuseWith(place, new RegExp(`^PORT_TAKEN: port ${port} \\(the admin API\\)`), {
      args: [...CONFIG, '--admin-port', String(port)],
    });
    server.close();
  });

  test('an admin port that an app is bound to is refused', async () => {
    using place = await makePlace();
    const args = [...CONFIG, '--admin-port', String(place.port)];
    await refuseWith(place, new RegExp(`^PORT_TAKEN: port ${place.port} is wanted by app shop and by the admin API`), { args });
  });

  test('without a Redis on PATH it says what to install', async () => {
    using place = await makePlace();
    await refuseWith(
      place,
      /^REDIS_MISSING: neither redis-server nor valkey-server is on PATH\. Install it \("apt-get install redis-server"\)/,
      {
        env: { PATH: place.folder },
      },
    );
  });

  test('a Redis that is too old is refused with its version', async () => {
    using place = await makePlace();
    const folder = join(place.folder, 'bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'redis-server'), '#!/bin/sh\necho "Redis server v=5.0.14 sha=00000000:0 malloc=jemalloc-5.1.0 bits=64"\n');
    chmodSync(join(folder, 'redis-server'), 0o755);
    await refuseWith(
      place,
      /^REDIS_TOO_OLD: expected Redis 6\.2 or later on PATH, found none: .*redis-server is Redis 5\.0\.14\. Install/,
      {
        env: { PATH: folder },
      },
    );
  });

  test('a named Redis that does not answer is refused, without its password', async () => {
    using place = await makePlace();
    const url = `redis://user:secret@127.0.0.1:${await freePort()}`;
    const lines = await refuse(place, 1, { args: [...CONFIG, '--redis', url] });
    assert.match(lines[0]!, /^REDIS_UNREACHABLE: redis:\/\/…@127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED/);
    assert.doesNotMatch(lines.join(), /secret/);
  });

  test('an entry that does not exist is refused with its path', async () => {
    using place = await makePlace();
    writeYaml(
      place,
      'apiVersion: baton/v1\npools: [{ name: p }]\napps: [{ name: a, pool: p, entry: ./no.js, bindings: ["http://*:1/"] }]\n',
    );
    await refuseWith(
      place,
      /^ENTRY_NOT_FOUND: .*baton\.yaml:3: apps\[0\]\.entry: the entry of app a \/.*\/no\.js does not exist\. Correct "entry"/,
    );
  });

  test('an app that does not exist, or is a folder, is refused', async () => {
    using place = await makePlace();
    await refuseWith(place, /^ENTRY_NOT_FOUND: the app \/.*\/no\.js does not exist/, { args: ['./no.js'] });
    await refuseWith(place, /^ENTRY_NOT_FOUND: the app \/.* is not a file/, { args: ['./data'] });
  });

  test('a bad baton.yaml is refused with a line for each problem and one that sums up', async () => {
    using place = await makePlace();
    writeYaml(place, 'apiVersion: baton/v1\npools:\n  - name: p\n    queueLenght: 10\n    startMode: never\n');
    assert.deepEqual(await refuse(place, 1), [
      'baton.yaml:4: pools[0].queueLenght: unknown key; did you mean "queueLength"?',
      'baton.yaml:5: pools[0].startMode: expected one of onDemand, alwaysRunning, got "never"',
      'CONFIG_INVALID: 2 problems in baton.yaml. Correct the file; "baton config check" shows every problem',
    ]);
  });

  test('a configuration that cannot be read is refused', async () => {
    using place = await makePlace();
    await refuseWith(place, /^CONFIG_UNREADABLE: nowhere\.yaml cannot be read \(ENOENT\)/, { args: ['--config', 'nowhere.yaml'] });
  });

  test('a second cluster in the same data directory is refused, and the first goes on', async () => {
    using place = await makePlace();
    await using first = await startReadyUp(place);
    const second = startUp(place);
    assert.equal(await second.exited, 1);
    assert.match(
      second.stderr(),
      new RegExp(`^DATA_DIR_IN_USE: a cluster runs in ${place.dataDir} already \\(pid ${first.process.pid}\\)`),
    );
    assert.equal((await fetch(`http://localhost:${place.port}/`)).status, 200);
  });

  test('more than one replica of WAS is not supported yet, and says so', async () => {
    using place = await makePlace();
    await refuseWith(place, /^NOT_SUPPORTED_YET: --was 2 is not supported yet/, { args: [...CONFIG, '--was', '2'] });
  });

  test('a command line that makes no sense is refused with exit code 2', async () => {
    using place = await makePlace();
    for (const args of [
      ['./server.js', ...CONFIG],
      [...CONFIG, '--port', '80'],
      [...CONFIG, '--hosts', '0'],
      [...CONFIG, '--redis', 'x'],
      ['a.js', 'b.js'],
      ['--porrt', '1'],
    ])
      await refuseWith(place, /^USAGE: /, { args }, 2);
  });

  for (const service of ['was', 'adapter', 'host']) {
    test(`when ${service} cannot start, up says why in its words and ends what it had started`, async () => {
      using place = await makePlace();
      await refuseWith(place, new RegExp(`^TIMEOUT: ${service}(-1)? did not start: the stub was told to fail\\. Try again$`), {
        env: { STUB_FAILS: service },
      });
    });
  }
});
