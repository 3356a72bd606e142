import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '@baton/core';
import { Harness, isRunning, SCRIPTED_CHILD } from './testing/harness.ts';

test('a spare is kept ready, becomes the worker, and is replaced after the activation', async () => {
  await using harness = await Harness.open({ spares: 1 });
  await until(() => harness.host.readySpares() === 1);
  await harness.start('w1');
  const report = await harness.was.state('w1', 'CONNECTED');
  assert.equal(report.fromSpare, true);
  assert.ok(await isRunning(report.pid));
  await until(() => harness.host.readySpares() === 1);
  await harness.stop('w1');
  assert.equal((await harness.was.state('w1', 'EXITED')).exit?.code, 0);
});

test('a worker whose variables must be there when its process is created gets a new process', async () => {
  await using harness = await Harness.open({ spares: 1 });
  await until(() => harness.host.readySpares() === 1);
  await harness.start('w1', { act: 'env', environment: { TZ: { case: 'literal', value: 'Pacific/Apia' } } });
  const report = await harness.was.state('w1', 'CONNECTED');
  assert.equal(report.fromSpare, false);
  assert.equal(harness.host.readySpares(), 1);
  assert.equal(environmentOf(harness, 'w1').TZ, 'Pacific/Apia');
});

test('a spare that dies is replaced, with growing delay when its like die at once', async () => {
  await using harness = await Harness.open();
  const births = join(harness.dir, 'births');
  const weak = join(harness.dir, 'weak.mjs');
  await writeFile(
    weak,
    `import { appendFileSync, readFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(births)}, 'x');
if (readFileSync(${JSON.stringify(births)}, 'latin1').length < 3) { console.error('Error: too weak'); process.exit(1); }
await import(${JSON.stringify(SCRIPTED_CHILD)});`,
  );
  await appendFile(births, '');
  await harness.host.close(AbortSignal.timeout(5_000));
  await harness.openHost({ childMain: weak, spares: 1 });
  await until(() => harness.host.readySpares() === 1);
  assert.equal((await readFile(births, 'latin1')).length, 3);
  const deaths = harness.logs.filter(({ msg }) => String(msg).startsWith('a spare process ended'));
  assert.equal(deaths.length, 2);
  assert.match(String(deaths[0]?.msg), /with exit code 1: Error: too weak/);
  assert.ok(Number(deaths[1]?.retryInMs) > Number(deaths[0]?.retryInMs));
});

test('variables resolve on the host, its own secrets stay out, and nothing of them is logged or told', async () => {
  const environment = {
    ...process.env,
    BATON_SECRET: 'cluster secret',
    BATON_TOKEN: 'admin token',
    npm_config_cache: '/somewhere',
    DATABASE_URL: 'postgres://secret',
    PLAIN: 'inherited',
  };
  await using harness = await Harness.open({ spares: 1, environment });
  const file = join(harness.dir, 'key');
  await writeFile(file, 'file secret\n');
  await until(() => harness.host.readySpares() === 1);
  await harness.start('w1', {
    act: 'env',
    environment: {
      DB_URL: { case: 'fromEnv', value: 'DATABASE_URL' },
      KEY: { case: 'fromFile', value: file },
      NODE_ENV: { case: 'literal', value: 'production' },
    },
  });
  await harness.was.state('w1', 'CONNECTED');
  const seen = environmentOf(harness, 'w1');
  assert.equal(seen.DB_URL, 'postgres://secret');
  assert.equal(seen.KEY, 'file secret');
  assert.equal(seen.NODE_ENV, 'production');
  assert.equal(seen.PLAIN, 'inherited');
  assert.deepEqual(
    Object.keys(seen).filter((name) => /^(BATON_|npm_|NODE_CHANNEL)/.test(name)),
    [],
  );
  const own = harness.logs.filter(({ stream }) => stream === undefined);
  assert.ok(!JSON.stringify(own).includes('secret'));
  const told = JSON.stringify(harness.was.heard, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  assert.ok(!told.includes('secret'));
});

test('a variable that is missing on the host fails the start by its name, without any value', async () => {
  await using harness = await Harness.open({ environment: { ...process.env, BATON_TOKEN: 'admin token' } });
  await harness.start('w1', {
    environment: { DB_URL: { case: 'fromEnv', value: 'NOT_THERE' }, OTHER: { case: 'literal', value: 'hush' } },
  });
  await harness.start('w2', { environment: { KEY: { case: 'fromFile', value: '/nowhere/key' } } }, { slot: 'shop/2' });
  await harness.start('w3', { environment: { T: { case: 'fromEnv', value: 'BATON_TOKEN' } } }, { slot: 'shop/3' });
  const first = (await harness.was.state('w1', 'EXITED')).exit;
  assert.equal(first?.errorCode, 'SECRET_MISSING');
  assert.match(first?.message ?? '', /DB_URL should come from NOT_THERE/);
  const second = (await harness.was.state('w2', 'EXITED')).exit;
  assert.equal(second?.errorCode, 'SECRET_MISSING');
  assert.match(second?.message ?? '', /KEY should come from the file \/nowhere\/key/);
  assert.equal((await harness.was.state('w3', 'EXITED')).exit?.errorCode, 'SECRET_MISSING');
  assert.ok(!JSON.stringify(harness.logs).includes('hush'));
});

function environmentOf(harness: Harness, worker: string): Record<string, string> {
  const line = harness.lines(worker).find((text) => text.startsWith('environment ')) ?? '';
  return JSON.parse(line.slice('environment '.length)) as Record<string, string>;
}
