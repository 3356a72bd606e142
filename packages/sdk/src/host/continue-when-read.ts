import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * A client that waits for 100 before it sends its body (RFC 9110, 10.1.1) gets it when a module reads, too; one whom a module answers without reading gets
 * none. Returns what leaves it to the app: one that says it by itself ('checkContinue') does not say it a second time.
 */
export function continueWhenRead(req: IncomingMessage, res: ServerResponse): () => void {
  let isSaid = false;
  const onListener = (event: string | symbol): void => {
    if ((event !== 'data' && event !== 'readable') || isSaid || res.headersSent) return;
    isSaid = true;
    res.writeContinue();
  };
  req.on('newListener', onListener);
  return () => {
    req.off('newListener', onListener);
    if (isSaid) res.writeContinue = saidBefore;
  };
}

function saidBefore(callback?: () => void): void {
  if (callback) process.nextTick(callback);
}
