import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

/** What came to JavaScript behind the oldest Node that package.json names (20.19). */
const YOUNGER = [
  'Promise.withResolvers',
  'Promise.try',
  'Array.fromAsync',
  'RegExp.escape',
  'Error.isError',
  'Math.f16round',
  'globalThis.Iterator',
  ...['union', 'intersection', 'difference', 'symmetricDifference', 'isSubsetOf', 'isSupersetOf', 'isDisjointFrom'].map(
    (name) => `Set.prototype.${name}`,
  ),
];

const SCRIPT = `
for (const name of ${JSON.stringify(YOUNGER)}) Function('delete ' + name)();
const { startTestHost } = await import(${JSON.stringify(new URL('./index.js', import.meta.url).href)});
const sdk = await import(${JSON.stringify(new URL('../index.js', import.meta.url).href)});
const file = ${JSON.stringify(process.execPath)};
class Module {
  async onBeginRequest(context) {
    await context.getRequest().readEntityBody(Buffer.alloc(10)).catch(() => {});
    if (context.getUrlInfo().path !== '/file') return sdk.RQ_NOTIFICATION_CONTINUE;
    context.getResponse().writeEntityChunks({ type: 'file', file, length: 8 << 20 });
    await context.getResponse().flush();
    return sdk.RQ_NOTIFICATION_FINISH_REQUEST;
  }
  onSendResponse() { return sdk.RQ_NOTIFICATION_CONTINUE; }
  async onEndRequest() { await new Promise((resolve) => setTimeout(resolve, 20)); return sdk.RQ_NOTIFICATION_CONTINUE; }
}
const module = { registerModule: (_version, info) => info.setRequestNotifications(
  { getHttpModule: () => new Module() }, sdk.RQ_BEGIN_REQUEST | sdk.RQ_SEND_RESPONSE | sdk.RQ_END_REQUEST, 0) };
const host = await startTestHost({ modules: { module }, app: (req, res) => res.end('app') });
const sizes = [];
for (const path of ['/file', '/app']) sizes.push((await (await host.fetch(path, { method: 'POST', body: 'x' })).arrayBuffer()).byteLength);
sizes.push(await host.pool.run(() => 7), (await host.ping()).isHealthy, (await sdk.server.getFileInfo(file)).size > 0, host.log.length);
await host.stop();
console.log(JSON.stringify(sizes));
`;

test('a test host needs nothing of JavaScript that is younger than the oldest Node that the package is for', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', SCRIPT]);
  assert.deepEqual(JSON.parse(stdout), [8 << 20, 3, 7, true, true, 0]);
});
