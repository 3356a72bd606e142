import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '@baton/core';
import { fixture, startCluster } from '../support/index.ts';

const LIMIT_MS = 30_000;

test('HSE_REQ_EXEC_URL and HSE_REQ_SEND_URL run requests of the site in its worker, through its modules and back to its client', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-child-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const audit = join(folder, 'audit.jsonl');
  await using cluster = await startCluster({
    config: (port) => `apiVersion: baton/v1
pools:
  - { name: shop, environmentVariables: { AUDIT_FILE: ${JSON.stringify(audit)} } }
apps:
  - name: shop
    pool: shop
    entry: ${fixture('child-requests/extension.js')}
    modules: ${JSON.stringify([fixture('../../examples/module-audit/audit.js'), fixture('child-requests/files.js')])}
    bindings: ["http://*:${port}/"]
`,
  });
  let asked = 0;
  const get = async (path: string, init: RequestInit = {}) => {
    asked++;
    const response = await fetch(cluster.url + path, init);
    return {
      response,
      seen: `${response.status} ${response.statusText} ${response.headers.get('x-child')} ${await response.clone().text()}`,
    };
  };

  await t.test("a child's method, URL, fields and entity are what was asked for, and its response is the parent's", async () => {
    assert.equal((await get('/put')).seen, '201 Echoed yes PUT cup=2 green, mint milk');
  });

  await t.test("without them they are the parent's, less its body", async () => {
    const init = { method: 'POST', headers: { 'content-type': 'text/plain', 'x-tea': 'black' }, body: 'of the parent' };
    assert.equal((await get('/own?sugar', init)).seen, '201 Echoed yes POST sugar black ');
  });

  await t.test('a module may answer a child: a static file', async () => {
    const { response, seen } = await get('/file');
    assert.equal(seen, '200 OK null <p>a page</p>\n');
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  });

  await t.test('with HSE_EXEC_URL_NO_HEADERS it is a part of what the parent sends', async () => {
    const { response, seen } = await get('/within');
    assert.equal(seen, '203 Mine null <GET within - > 0 201');
    assert.equal(response.headers.get('x-parent'), 'yes');
  });

  await t.test('8 MiB of a child come whole', async () => {
    const { response } = await get('/big-child');
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(Buffer.alloc(8 << 20, 'abcdefg')));
  });

  await t.test('the eleventh level is ERROR_STACK_OVERFLOW, told to the routine of the tenth', async () => {
    assert.equal((await get('/deep')).seen, '200 OK null error 1001 1001');
  });

  await t.test('HSE_REQ_SEND_URL answers with another URL', async () => {
    assert.equal((await get('/send')).seen, '201 Echoed yes GET send - ');
  });

  await t.test('what no request could have is refused, and the extension still answers', async () => {
    assert.equal((await get('/refused')).seen, `200 OK null ${Array(3).fill('ERROR_INVALID_PARAMETER').join()}`);
  });

  await t.test('modules have seen every child, before its parent, in one process', async () => {
    const lines = () => readFileSync(audit, 'utf8').split('\n').filter(Boolean);
    const children = 4 + 1 + 10 + 1;
    await until(() => lines().length === asked + children, LIMIT_MS, `${asked + children} lines of the audit`);
    const seen = lines().map((line) => {
      const { method, url, status } = JSON.parse(line);
      return `${method} ${url} ${status}`;
    });
    assert.deepEqual(seen.slice(0, 2), ['PUT /echo?cup=2 201', 'GET /put 201']);
    assert.equal(seen.filter((line) => line === 'GET /deep 200').length, 11);
    assert.equal((await cluster.workers()).length, 1);
  });
});
