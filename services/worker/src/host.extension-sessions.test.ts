import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '@baton/core';
import { readHost } from './metrics.ts';
import { ask, openAdapter } from './testing/adapter-end.ts';
import { Harness } from './testing/harness.ts';

const CHILD_MAIN = fileURLToPath(new URL('./child/main.js', import.meta.url));

/** Keeps an upload's session open until it is told to end it, whatever becomes of the client. */
const EXTENSION = `
exports.getExtensionVersion = (version) => { version.extensionDescription = 'upload'; return true; };
exports.httpExtensionProc = (ecb) => {
  if (ecb.pathInfo === '/reload') globalThis[Symbol.for('baton.host')].server.recycleApplication('shop');
  if (ecb.pathInfo !== '/upload') return 1;
  console.log('upload begins');
  const look = setInterval(() => {
    if (ecb.serverSupportFunction(1018)) return;
    clearInterval(look);
    console.log('client has left');
  }, 5);
  process.on('SIGUSR2', () => {
    console.log('upload is stored');
    ecb.serverSupportFunction(4);
  });
  return 3;
};
exports.terminateExtension = () => { console.log('terminated'); return true; };`;

/** A worker with the extension, an upload in it, and no client for it any more. */
async function uploadWithoutClient(harness: Harness, fields: { shutdownTimeLimitMs?: number; idleTimeoutMs?: number } = {}) {
  await writeFile(join(harness.dir, 'apps', 'app.js'), EXTENSION);
  const adapter = await openAdapter();
  await harness.start('w1', { ...(await adapter.startFields()), shutdownTimeLimitMs: 20_000, ...fields });
  const { pid } = await harness.was.state('w1', 'CONNECTED', 20_000);
  const session = await adapter.connected;
  const leaving = new AbortController();
  const answer = ask(session, { url: '/upload', signal: leaving.signal }).catch(() => 'gone');
  await until(() => harness.lines('w1').includes('upload begins'), 10_000, 'the upload');
  leaving.abort();
  assert.equal(await answer, 'gone');
  await until(() => harness.lines('w1').includes('client has left'), 10_000, 'the end of the client');
  return { adapter, session, pid };
}

test('a leaving worker waits for an upload that its extension still processes, though its client has left', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  const { adapter, session, pid } = await uploadWithoutClient(harness);
  await using _ = adapter;
  assert.equal((await ask(session, { url: '/' })).status, 200);
  await harness.stop('w1', { limitMs: 20_000, cause: 'recycle' });
  await adapter.left;
  session.drain();
  await until(() => harness.was.latest('w1')?.state === 4, 10_000, 'the stop');
  await until(
    () => harness.logs.some(({ msg }) => /waits for its modules and extensions: requests that no client waits for, 1\./.test(String(msg))),
    10_000,
    'the line',
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(harness.lines('w1').slice(-1), ['client has left']);
  process.kill(pid, 'SIGUSR2');
  const { exit } = await harness.was.state('w1', 'EXITED', 15_000);
  assert.equal(exit?.errorCode, '', exit?.message);
  assert.deepEqual(harness.lines('w1').slice(-2), ['upload is stored', 'terminated']);
});

test('and no longer than its limit', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  const { adapter, session } = await uploadWithoutClient(harness);
  await using _ = adapter;
  await harness.stop('w1', { limitMs: 1_000, cause: 'recycle' });
  session.drain();
  const { exit } = await harness.was.state('w1', 'EXITED', 15_000);
  assert.equal(exit?.planned, true, exit?.message);
  assert.ok(!harness.lines('w1').includes('terminated'), 'what is unfinished is not unloaded');
});

test('a session that the extension owes keeps the worker from being idle, and is ended at shutdownTimeLimit: the log and the figures say so', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  const { adapter } = await uploadWithoutClient(harness, { shutdownTimeLimitMs: 3_000, idleTimeoutMs: 500 });
  await using _ = adapter;
  const figures = () => harness.host.stats('w1')?.extensions;
  await until(() => figures()?.owed === 1, 10_000, 'the session that is owed');
  assert.equal(harness.was.all('wish').length, 0);
  await until(() => figures()?.abandoned === 1, 10_000, 'its end');
  assert.equal(figures()?.owed, 0);
  const line = harness.logs.find(({ msg }) => /the host has ended the session/.test(String(msg)));
  assert.match(String(line?.msg), /^upload: HSE_REQ_DONE_WITH_SESSION was not said/);
  assert.deepEqual([line?.level, line?.worker, line?.url], ['error', 'w1', '/upload']);
  const samples = new Map(readHost(harness.host, 'h1').map(({ name, samples }) => [name, samples]));
  const labels = { host: 'h1', pool: 'shop', slot: 'shop/1' };
  assert.deepEqual(samples.get('extensionSessionsOwed'), [{ labels, value: 0 }]);
  assert.deepEqual(samples.get('extensionSessionsAbandoned'), [{ labels, value: 1 }]);
  await until(() => harness.was.all('wish').length > 0, 10_000, 'the wish to be put away');
});

test('an extension that recycleApplication replaces is terminated behind its last session', async () => {
  await using harness = await Harness.open({ childMain: CHILD_MAIN });
  const { adapter, session, pid } = await uploadWithoutClient(harness);
  await using _ = adapter;
  assert.equal((await ask(session, { url: '/reload' })).status, 200);
  await until(() => harness.logs.some(({ msg }) => /was loaded anew/.test(String(msg))), 10_000, 'the new instance');
  assert.equal((await ask(session, { url: '/' })).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(!harness.lines('w1').includes('terminated'), 'it still has a session');
  process.kill(pid, 'SIGUSR2');
  await until(() => harness.lines('w1').includes('terminated'), 10_000, 'the end of the old instance');
  assert.deepEqual(harness.lines('w1').slice(-2), ['upload is stored', 'terminated']);
});
