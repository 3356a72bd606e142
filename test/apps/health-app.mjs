// Says what it is told to say of its own health, and holds slots of the thread pool.
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Overlapped, server } from '@baton/sdk';

const file = server.associateWithThreadPool(await open(import.meta.filename), () => new Promise(() => {}));

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app.test');
  if (pathname === '/unhealthy') server.reportUnhealthy(searchParams.get('why'));
  if (pathname === '/hold') file.read(Buffer.alloc(1), new Overlapped());
  request.resume().on('end', () => {
    const { activeThreadsCount, queuedCompletions } = server.getPerfCounterInfo();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ pid: process.pid, activeThreadsCount, queuedCompletions }));
  });
}).listen(process.env.PORT);
