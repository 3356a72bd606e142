// An ES module that waits before it listens.
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const settings = await delay(20, { greeting: 'awaited' });
const server = http.createServer((_request, response) =>
  response.end(JSON.stringify({ main: import.meta.main, greeting: settings.greeting, argv: process.argv[1] === import.meta.filename })),
);
await new Promise((resolve) => server.listen(process.env.PORT, resolve));
