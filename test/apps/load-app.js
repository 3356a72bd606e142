// What a load of mixed requests needs: quick answers, answers that take a while, streams and uploads, each of which the client can check.
const http = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');
const { crc32 } = require('node:zlib');

const CHUNK = Buffer.alloc(1024, 'baton ');

const routes = {
  '/quick': (_request, response) => response.end(`quick ${process.pid}`),
  '/wait': async (_request, response, query) => {
    await sleep(Number(query.get('ms')));
    response.end(`wait ${process.pid}`);
  },
  '/stream': async (_request, response, query) => {
    const chunks = Number(query.get('chunks'));
    for (let sent = 0; sent < chunks; sent++) {
      response.write(CHUNK);
      await sleep(Number(query.get('ms')) / chunks);
    }
    response.end(`stream ${process.pid}`);
  },
  '/upload': async (request, response) => {
    let length = 0;
    let sum = 0;
    for await (const chunk of request) {
      length += chunk.length;
      sum = crc32(chunk, sum);
    }
    response.end(`upload ${process.pid} ${length} ${sum}`);
  },
};

const server = http.createServer((request, response) => {
  response.setHeader('x-pid', process.pid);
  const url = new URL(request.url, 'http://app');
  const route = routes[url.pathname];
  if (route) route(request, response, url.searchParams);
  else response.writeHead(404).end();
});
server.listen(process.env.PORT || 0);
