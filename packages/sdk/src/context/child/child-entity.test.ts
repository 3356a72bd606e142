import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLONE_FLAG_BASICS, CLONE_FLAG_ENTITY } from '../../constants/child-flags.ts';
import { HSE_REQ_EXEC_URL, HSE_REQ_IO_COMPLETION, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS } from '../../constants/isapi.ts';
import { RQ_BEGIN_REQUEST, RQ_READ_ENTITY } from '../../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import type { ExtensionControlBlock } from '../../isapi/extension-control-block.ts';
import { done } from '../../isapi/testing/pending.ts';
import type { ModuleRegistrationInfo } from '../../pipeline/registration-info.ts';
import { startTestHost } from '../../testing/index.ts';
import type { HttpContext } from '../http-context.ts';
import type { ReadEntityProvider } from '../providers.ts';

/** Counts bytes by the URL of the request that they are shown of, late. */
function counter(shown: Record<string, number>) {
  const onReadEntity = async (context: HttpContext, provider: ReadEntityProvider) => {
    await new Promise((resolve) => setImmediate(resolve));
    const who = `${context.getParentContext() ? 'child' : 'root'} ${context.getUrlInfo().path}`;
    shown[who] = (shown[who] ?? 0) + provider.getEntity().byteLength;
    return RQ_NOTIFICATION_CONTINUE;
  };
  return moduleOf({ onReadEntity }, RQ_READ_ENTITY);
}

const moduleOf = (handlers: object, mask: number) => ({
  registerModule: (_version: number, info: ModuleRegistrationInfo) =>
    info.setRequestNotifications({ getHttpModule: () => ({ ...handlers }) }, mask, 0),
});

/** Gives the parent's body to a child, whose answer is the parent's. */
const forwards = moduleOf(
  {
    async onBeginRequest(context: HttpContext) {
      if (context.getParentContext()) return RQ_NOTIFICATION_CONTINUE;
      await context.executeRequest(context.cloneContext(CLONE_FLAG_BASICS | CLONE_FLAG_ENTITY));
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
  },
  RQ_BEGIN_REQUEST,
);

test("the app of a child that waits for 'drain' is told when there is room", async () => {
  await using host = await startTestHost({ modules: { forwards }, app: (req, res) => void req.pipe(res), requestTimeoutMs: 20_000 });
  const body = Buffer.alloc(3_000_000, 'pipe');
  const response = await host.fetch('/upload', { method: 'POST', body });
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(body));
});

test("a child that reads its parent's body: modules are shown it as the parent's, and as the child's", async () => {
  const shown: Record<string, number> = {};
  await using host = await startTestHost({ modules: { counter: counter(shown), forwards }, app: (req, res) => void req.pipe(res) });
  const body = Buffer.alloc(700_000, 'child');
  const response = await host.fetch('/upload', { method: 'POST', body });
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(body));
  assert.deepEqual(shown, { 'root /upload': body.length, 'child /upload': body.length });
});

test('the entity of HSE_REQ_EXEC_URL is shown as the child reads it', async () => {
  const shown: Record<string, number> = {};
  const entity = Buffer.alloc(300_000, 'milk');
  const extension = {
    async httpExtensionProc(ecb: ExtensionControlBlock) {
      if (ecb.pathInfo === '/parent') {
        ecb.serverSupportFunction(HSE_REQ_IO_COMPLETION, done);
        ecb.serverSupportFunction(HSE_REQ_EXEC_URL, { url: '/child', method: 'PUT', entity });
        return HSE_STATUS_PENDING;
      }
      await ecb.writeClient(ecb.data);
      const buffer = Buffer.alloc(100_000);
      for (let bytes = await ecb.readClient(buffer); bytes > 0; bytes = await ecb.readClient(buffer))
        await ecb.writeClient(Buffer.from(buffer.subarray(0, bytes)));
      return HSE_STATUS_SUCCESS;
    },
  };
  await using host = await startTestHost({ modules: { counter: counter(shown) }, extension });
  const response = await host.fetch('/parent');
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(entity));
  assert.deepEqual(shown, { 'child /child': entity.length });
});
