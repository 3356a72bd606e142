// What the cluster tests need of an app: who answers, slow answers, bulk bodies with a hash, ends of several kinds.
const { createHash } = require('node:crypto');
const http = require('node:http');
const { Readable } = require('node:stream');

const BLOCK = Buffer.alloc(65536, 'baton ');

const routes = {
  '/': (_request, response) => response.end(JSON.stringify({ pid: process.pid })),
  '/slow': (_request, response, query) => setTimeout(() => response.end(JSON.stringify({ pid: process.pid })), Number(query.get('ms'))),
  '/env': (_request, response, query) => response.end(process.env[query.get('name')] ?? ''),
  '/crash': () => process.abort(),
  '/block': (_request, response, query) => {
    const end = Date.now() + Number(query.get('ms'));
    while (Date.now() < end);
    response.end();
  },
  '/upload': async (request, response) => {
    const hash = createHash('sha256');
    for await (const chunk of request) hash.update(chunk);
    response.end(hash.digest('hex'));
  },
  '/download': (_request, response, query) => {
    let left = Number(query.get('bytes'));
    response.setHeader('content-length', left);
    const body = new Readable({
      read() {
        const chunk = BLOCK.subarray(0, Math.min(left, BLOCK.length));
        left -= chunk.length;
        this.push(chunk.length > 0 ? chunk : null);
      },
    });
    body.pipe(response);
  },
};

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://app');
  const route = routes[url.pathname];
  if (route) route(request, response, url.searchParams);
  else response.writeHead(404).end();
});
server.listen(process.env.PORT || 0);
