import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createUser, RQ_AUTHENTICATE_REQUEST, RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '@baton/sdk';
import { startTestHost } from '@baton/sdk/testing';
import express from 'express';
import { auditModule } from './audit.js';

test('each request to an unmodified Express app leaves a line with method, URL, status and how long it took', async (t) => {
  const { host, lines } = await start(t);
  assert.equal(await (await host.fetch('/hello?name=ann')).text(), 'hello ann');
  assert.equal((await host.fetch('/made', { method: 'POST', body: 'x' })).status, 201);
  assert.equal((await host.fetch('/none')).status, 404);
  const [hello, made, none, ...more] = await lines(3);
  assert.deepEqual(more, []);
  const { at, tookMs, ...facts } = hello;
  assert.deepEqual(facts, { client: '127.0.0.1', user: '', method: 'GET', url: '/hello?name=ann', status: 200 });
  assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000, at);
  assert.ok(tookMs >= 0 && tookMs < 60_000, `${tookMs}`);
  assert.deepEqual([made.method, made.url, made.status], ['POST', '/made', 201]);
  assert.deepEqual([none.url, none.status], ['/none', 404]);
});

test('a URL stands there as the client sent it, also behind a router that changes it', async (t) => {
  const { host, lines } = await start(t);
  assert.equal(await (await host.fetch('/sub/page')).text(), '/page');
  assert.equal((await lines(1))[0].url, '/sub/page');
});

test('a request that fails in the app, and one that another module refuses, leave their lines, with the name of the user', async (t) => {
  const { host, lines } = await start(t, { gate });
  assert.equal((await host.fetch('/fails', { headers: { 'x-user': 'ann' } })).status, 500);
  assert.equal((await host.fetch('/hello')).status, 401);
  assert.deepEqual(
    (await lines(2)).map(({ url, user, status }) => [url, user, status]),
    [
      ['/fails', 'ann', 500],
      ['/hello', '', 401],
    ],
  );
});

test('a client that leaves before its response leaves a line too', async (t) => {
  const { host, lines } = await start(t);
  const leaving = request(`${host.url}/never`).end();
  leaving.on('error', () => {});
  await until(() => host.requests === 1);
  leaving.destroy();
  const [line] = await lines(1);
  assert.equal(line.url, '/never');
  await until(() => host.requests === 0);
});

test('500 requests at once leave 500 whole lines', async (t) => {
  const { host, lines } = await start(t);
  const names = Array.from({ length: 500 }, (_, index) => `n${index}`);
  await Promise.all(names.map(async (name) => (await host.fetch(`/hello?name=${name}`)).text()));
  assert.deepEqual((await lines(500)).map(({ url }) => url).sort(), names.map((name) => `/hello?name=${name}`).sort());
});

test('lines are put behind those of other workers', async (t) => {
  const { host, lines, path } = await start(t);
  await using other = await startTestHost({ modules: { audit: auditModule({ path }) }, app: app() });
  for (const each of [host, other, host, other]) await (await each.fetch('/hello')).text();
  assert.equal((await lines(4)).length, 4);
});

test('a file that cannot be opened keeps the worker from serving', async () => {
  await assert.rejects(startTestHost({ modules: { audit: auditModule({ path: '/nowhere/audit.jsonl' }) }, app: app() }), /audit/);
});

function app() {
  const sub = express.Router().get('/page', (req, res) => res.send(req.url));
  const fails = () => {
    throw Object.assign(new Error('no'), { expose: false });
  };
  return express()
    .set('env', 'test') // prints no stack
    .get('/hello', (req, res) => res.send(`hello ${req.query.name}`))
    .post('/made', (_req, res) => res.sendStatus(201))
    .get('/fails', fails)
    .get('/never', () => {})
    .use('/sub', sub);
}

const gate = {
  registerModule(_version, info) {
    const onAuthenticateRequest = (context, provider) => {
      const userName = context.getRequest().getHeader('x-user');
      if (userName === undefined) {
        context.getResponse().setStatus(401, 'Unauthorized');
        return RQ_NOTIFICATION_FINISH_REQUEST;
      }
      provider.setUser(createUser({ userName }));
      return RQ_NOTIFICATION_CONTINUE;
    };
    info.setRequestNotifications({ getHttpModule: () => ({ onAuthenticateRequest }) }, RQ_AUTHENTICATE_REQUEST, 0);
  },
};

async function start(t, modules = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'baton-audit-'));
  const path = join(folder, 'audit.jsonl');
  const host = await startTestHost({ modules: { ...modules, audit: auditModule({ path }) }, app: app() });
  t.after(async () => {
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  });
  /** The lines, as soon as there are as many: a response may be read before its request is over. */
  const lines = async (count) => {
    let found = [];
    await until(async () => {
      found = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
      return found.length >= count;
    });
    return found.map((line) => JSON.parse(line));
  };
  return { host, path, lines };
}

async function until(isTrue) {
  const endAtMs = Date.now() + 30_000;
  while (!(await isTrue())) {
    assert.ok(Date.now() < endAtMs, 'it has not come to pass within 30 s');
    await sleep(5);
  }
}
