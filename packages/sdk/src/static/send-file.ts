import type { ServerResponse } from 'node:http';
import type { SendResult } from '@fastify/send';

/**
 * Sends what was found; settles when the response is out, or its client has left.
 *
 * - A file that breaks off in the middle breaks the connection: its length has been promised.
 */
export function sendFile(res: ServerResponse, { statusCode, headers, stream }: SendResult): Promise<void> {
  return new Promise((resolve) => {
    const closed = (): void => {
      stream.destroy();
      resolve();
    };
    stream.on('error', (error: Error) => {
      if (res.headersSent) res.destroy(error);
      else {
        res.statusCode = 500;
        res.end();
      }
    });
    // A client may have left while the file was looked for: its 'close' has been said.
    if (res.closed) return void closed();
    res.on('close', closed);
    // The head waits for the file: one that cannot be opened is a 500.
    stream.once('readable', () => {
      if (res.headersSent || res.destroyed) return;
      res.writeHead(statusCode, headers);
      stream.pipe(res);
    });
  });
}
