import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { sleep, until } from '@baton/core';
import { freePort } from '@baton/core/testing';
import { fixture } from '../cluster.ts';
import { startLoad } from './load.ts';
import { MIX, QUICK } from './requests.ts';

test('the load arrives at the rate asked for, in the shares asked for, and every answer of the app is recognised', async () => {
  const port = await freePort();
  const app = spawn(process.execPath, [fixture('load-app.js')], { env: { ...process.env, PORT: String(port) }, stdio: 'inherit' });
  try {
    const url = `http://127.0.0.1:${port}`;
    await until(() => fetch(`${url}/quick`).catch(() => undefined), 5_000, 'the app');
    const load = startLoad({ url, perSecond: 200 });
    await until(() => load.sent >= 400, 10_000, '400 arrivals');
    const report = await load.stop();
    assert.deepEqual(report.failures, []);
    assert.deepEqual([...report.pids], [app.pid]);
    assert.ok(Math.abs(report.durationMs - report.sent * 5) < 200, `${report.sent} arrivals in ${report.durationMs} ms`);
    for (const { percent, request } of MIX) {
      const { count } = report.latency[request.name]!;
      assert.ok(Math.abs(count - (report.sent * percent) / 100) <= 4, `${count} of ${report.sent} were ${request.name}`);
    }
  } finally {
    app.kill();
    await once(app, 'exit');
  }
});

const ODD = ['/status', '/short', '/wrong', '/break', '/quick'];

test('a refused connection, another status, a wrong body and a broken answer are failures; a slow answer holds nobody up', async () => {
  let count = 0;
  const server = createServer((_request, response) => {
    const kind = ODD[count++ % ODD.length];
    if (kind === '/status') response.writeHead(503, { 'x-baton-error': 'QUEUE_FULL' }).end();
    else if (kind === '/short') response.end('quick');
    else if (kind === '/wrong') response.end('slow 1');
    else if (kind === '/break') response.writeHead(200, { 'content-length': 100, 'x-pid': '7' }).write('quick', () => response.destroy());
    else setTimeout(() => response.end('quick 7'), 300);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const load = startLoad({ url: `http://127.0.0.1:${port}`, perSecond: 100, mix: [{ percent: 100, request: QUICK }] });
  await until(() => load.sent >= 50, 5_000, '50 arrivals');
  const report = await load.stop();
  const kinds = new Set(report.failures.map(({ wrong }) => wrong));
  assert.ok(Math.abs(report.failures.length - report.sent * 0.8) <= 1, `${report.failures.length} of ${report.sent}`);
  assert.equal(report.answered, report.sent);
  assert.ok(
    kinds.has('status 503 QUEUE_FULL') && [...kinds].some((wrong) => wrong.startsWith('the answer broke off')),
    [...kinds].join('; '),
  );
  const begun = new Set(report.failures.filter(({ begunBy }) => begunBy === 7).map(({ wrong }) => wrong.replace(/ \d+ bytes.*/, '')));
  assert.deepEqual([...begun], ['the answer broke off after']);
  assert.equal(new Set(report.failures.map(({ id }) => id)).size, report.failures.length);
  server.close();
  server.closeAllConnections();

  const refused = startLoad({ url: `http://127.0.0.1:${port}`, perSecond: 100, mix: [{ percent: 100, request: QUICK }] });
  await until(() => refused.sent >= 5, 5_000, '5 arrivals');
  const { sent, failures } = await refused.stop();
  assert.equal(failures.length, sent);
  assert.match(failures[0]!.wrong, /ECONNREFUSED/);
});

test('an answer that never comes is a failure when patience ends', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const mix = [{ percent: 100, request: QUICK }];
  const load = startLoad({ url: `http://127.0.0.1:${port}`, perSecond: 100, mix, patienceMs: 100 });
  await sleep(50);
  const report = await load.stop();
  assert.ok(report.sent > 0);
  assert.deepEqual(new Set(report.failures.map(({ wrong }) => wrong)), new Set(['no answer']));
  server.closeAllConnections();
  server.close();
});
