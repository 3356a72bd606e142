// The peer of the transfers: GET /NAME streams a file of BENCH_FILES, PUT reads an upload to its end; as Node programs do it.
const { createReadStream, statSync } = require('node:fs');
const http = require('node:http');
const { basename, join } = require('node:path');
const server = http.createServer((request, response) => {
  if (request.method === 'PUT') {
    let bytes = 0;
    request.on('data', (chunk) => (bytes += chunk.length));
    request.on('end', () => response.end(`${bytes}`));
    return;
  }
  const path = join(process.env.BENCH_FILES, basename(request.url));
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': statSync(path).size });
  createReadStream(path).pipe(response);
});
server.listen(process.env.PORT || 0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
