import type { ExtensionControlBlock } from './extension-control-block.ts';

/**
 * Is told the end of an asynchronous operation (PFN_HSE_IO_COMPLETION), once for each that was accepted, in a slot of the thread pool.
 *
 * - `context` is what was given with the routine.
 * - `bytes`: body bytes moved. 0 on a read: nothing more comes, the body is complete or the client has closed.
 * - `error`: a number of winerror.h, 0 = none. ERROR_OPERATION_ABORTED: the client broke the connection, or HSE_REQ_CANCEL_IO did.
 *   ERROR_NETNAME_DELETED: the extension itself has closed it.
 * - The next operation may be started from here. A promise it returns holds the slot until it settles; one that rejects, or a throw, fails the request.
 */
export type IoCompletion<Context = unknown> = (
  ecb: ExtensionControlBlock,
  context: Context,
  bytes: number,
  error: number,
) => void | Promise<void>;
