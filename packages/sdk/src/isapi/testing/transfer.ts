import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import * as HSE from '../../constants/isapi.ts';
import type { ExtensionControlBlock } from '../extension-control-block.ts';
import type { ResponseVector, TransmitFileInfo } from '../requests.ts';
import { done, pending, Recorder, until } from './pending.ts';
import { startExtension } from './start-extension.ts';

/** Files of the test file that imports this, gone when its tests are over. */
export const folder = mkdtempSync(join(tmpdir(), 'baton-isapi-'));
export const BIG = Buffer.alloc(3_000_001, 'abcdefghijklmnopqrstuvwxy');
writeFileSync(join(folder, 'big'), BIG);
writeFileSync(join(folder, 'small'), '0123456789');
export const big = openSync(join(folder, 'big'), 'r');
export const small = openSync(join(folder, 'small'), 'r');
after(() => {
  closeSync(big);
  closeSync(small);
  rmSync(folder, { recursive: true });
});

export const ASYNC = HSE.HSE_IO_ASYNC;

/** More than the kernel takes for a client that does not read. */
export const HUGE_BYTES = 64 << 20;

/** HSE_REQ_TRANSMIT_FILE. */
export const transmit = (ecb: ExtensionControlBlock, info: TransmitFileInfo): void =>
  ecb.serverSupportFunction(HSE.HSE_REQ_TRANSMIT_FILE, info);

/** HSE_REQ_VECTOR_SEND. */
export const vector = (ecb: ExtensionControlBlock, info: ResponseVector) => ecb.serverSupportFunction(HSE.HSE_REQ_VECTOR_SEND, info);

/** What came of a request whose control block was given to `act`; the session is ended behind it. */
export async function answerOf(act: (ecb: ExtensionControlBlock, recorder: Recorder) => unknown, init: RequestInit = {}) {
  const recorder = new Recorder();
  const acted = Promise.withResolvers<void>();
  await using running = await startExtension(
    pending(async (ecb) => {
      ecb.serverSupportFunction(HSE.HSE_REQ_IO_COMPLETION, recorder.routine, 'set before');
      try {
        await act(ecb, recorder);
        acted.resolve();
      } catch (error) {
        acted.reject(error);
      }
      done(ecb);
    }),
  );
  const [answer] = await Promise.all([fetch(running.url, init), acted.promise]);
  const body = Buffer.from(await answer.arrayBuffer());
  await until(() => running.host.stats.inUse === 0);
  return { answer, body, text: body.toString(), calls: recorder.calls.map(({ context, bytes, error }) => [context, bytes, error]) };
}
