// One of two apps of a pool, as CommonJS: says who it is and in which process. /exit ends that.
const http = require('node:http');

http
  .createServer((request, response) => {
    if (request.url === '/exit') process.exit(3);
    response.end(JSON.stringify({ app: 'first', pid: process.pid, isMain: require.main === module, url: request.url }));
  })
  .listen(process.env.PORT);
