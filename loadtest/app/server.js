// The app under load: four kinds of answer, each of which tells the client whether it got all of it.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const MOST_CHUNKS = 1000;
const MOST_WAIT_MS = 60_000;

const routes = {
  '/quick': (_request, response) => response.end('quick answer\n'),
  '/slow': async (_request, response, query) => {
    await sleep(Math.min(Number(query.get('ms')), MOST_WAIT_MS));
    response.end('slow answer\n');
  },
  // A line per chunk; the last one says how many there were.
  '/stream': async (_request, response, query) => {
    const chunks = Math.min(Number(query.get('chunks')), MOST_CHUNKS);
    for (let n = 1; n < chunks; n++) {
      response.write(`chunk ${n}\n`);
      await sleep(Math.min(Number(query.get('everyMs')), MOST_WAIT_MS));
    }
    response.end(`chunk ${chunks} is the last\n`);
  },
  '/upload': async (request, response) => {
    const hash = createHash('sha256');
    for await (const chunk of request) hash.update(chunk);
    response.end(hash.digest('hex'));
  },
};

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://app');
  const route = routes[url.pathname];
  try {
    if (route) await route(request, response, url.searchParams);
    else response.writeHead(404).end('there are /quick /slow /stream /upload\n');
  } catch {
    response.destroy(); // the client left in the middle of its upload
  }
}).listen(process.env.PORT || 0);
