import * as HSE from '../../constants/isapi.ts';
import type { ExtensionControlBlock } from '../extension-control-block.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { startExtension } from './start-extension.ts';

/** Serves one request with `act`, whose errors are the test's. */
export async function ask(
  act: (ecb: ExtensionControlBlock) => unknown,
  init: RequestInit & { duplex?: 'half' } = {},
  services: Partial<ExtensionServices> = {},
  path = '/',
): Promise<Response> {
  const acted = Promise.withResolvers<void>();
  await using running = await startExtension(
    {
      async httpExtensionProc(ecb) {
        try {
          await act(ecb);
          acted.resolve();
        } catch (error) {
          acted.reject(error);
        }
        return HSE.HSE_STATUS_SUCCESS;
      },
    },
    services,
  );
  const [answer] = await Promise.all([fetch(`${running.url}${path}`, init), acted.promise]);
  const body = await answer.arrayBuffer();
  return new Response(body.byteLength > 0 ? body : null, answer);
}
