import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** What a process of its own loads of files while it runs `script`. */
function loadedBy(script: string): string[] {
  const watching = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
const sdk = await import(process.argv[1]);
${script}
console.log(JSON.stringify(loaded));`;
  const index = fileURLToPath(new URL('./index.js', import.meta.url));
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', watching, index], { encoding: 'utf8' }));
}

const HEAVY = /node_modules|thread-pool\/thread-pool|server\/hosted-server/;

test('who imports the package in a worker process loads no engine and no library: they are the worker’s', () => {
  const inWorker = `
globalThis[Symbol.for('baton.host')] = { version: 2, worker: {}, server: { getAppPoolName: () => 'shop' }, recycleProcess() {}, on() {} };
sdk.staticFiles({ root: '/srv' });
if (sdk.server.getAppPoolName() !== 'shop') throw new Error('another server');`;
  assert.deepEqual(
    loadedBy(inWorker).filter((url) => HEAVY.test(url)),
    [],
  );
});

test('without Baton the first use of server loads its own', () => {
  assert.equal(
    loadedBy('').some((url) => HEAVY.test(url)),
    false,
  );
  assert.ok(loadedBy("if (sdk.server.getAppPoolName() !== '') throw new Error('a pool');").some((url) => /hosted-server/.test(url)));
});
