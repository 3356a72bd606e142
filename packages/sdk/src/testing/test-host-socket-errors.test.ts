import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';

const HOST = new URL('./index.js', import.meta.url).href;

/** A client that resets its connection when the app has it; `listen`: what the app does with errors of its socket. */
const program = (modules: string, listen: string) => `
  import { createServer } from 'node:http';
  import { connect } from 'node:net';
  import { startTestHost } from ${JSON.stringify(HOST)};
  const module = {
    registerModule: (_version, info) => info.setRequestNotifications({ getHttpModule: () => ({ onBeginRequest: () => 0 }) }, 1, 0),
  };
  const app = createServer();
  const host = await startTestHost({ app, modules: { ${modules} } });
  const client = connect(Number(new URL(host.url).port), '127.0.0.1');
  app.on('upgrade', (_req, socket) => {
    ${listen}
    socket.resume().once('close', () => setImmediate(() => host.stop().then(() => console.log('the process goes on'))));
    client.resetAndDestroy();
  });
  client.write('GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: Upgrade\\r\\nUpgrade: any\\r\\n\\r\\n');
`;

const run = (modules: string, listen: string) =>
  new Promise<string>((resolve) => {
    const input = ['--input-type=module', '--eval', program(modules, listen)];
    execFile(process.execPath, input, { timeout: 30_000 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });

for (const [where, modules] of [
  ['behind modules', 'module'],
  ['without modules', ''],
] as const) {
  test(`an app that does not hear of errors of its upgraded socket fails in a test host as in a worker, ${where}`, async () => {
    const said = await run(modules, '');
    assert.match(said, /Unhandled 'error' event[\s\S]*ECONNRESET/);
    assert.doesNotMatch(said, /goes on/);
  });

  test(`one that hears of them goes on, ${where}`, async () => {
    assert.match(await run(modules, "socket.on('error', () => {});"), /^the process goes on$/m);
  });
}
