// Asks for a fresh process with every answer it gives.
const http = require('node:http');

const sdk = import('@baton/sdk');

http
  .createServer(async (_request, response) => {
    const { recycleProcess, worker } = await sdk;
    recycleProcess('asked with every answer');
    response.end(`wish ${process.pid} ${worker.generation}`);
  })
  .listen(process.env.PORT || 0);
