// Keeps what it is asked to, in MiB.
const http = require('node:http');

const kept = [];
http
  .createServer((request, response) => {
    const mebibytes = Number(new URL(request.url, 'http://app.test').searchParams.get('mib') ?? 0);
    if (mebibytes > 0) kept.push(Buffer.alloc(mebibytes * 1024 * 1024, 1));
    response.end(String(process.memoryUsage.rss()));
  })
  .listen(process.env.PORT);
