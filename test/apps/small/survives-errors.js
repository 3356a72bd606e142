// Handles its uncaught errors and lives on.
const http = require('node:http');

process.on('uncaughtException', (error) => console.log(`app: survived ${error.message}`));
http
  .createServer((request, response) => {
    if (request.url === '/throw') {
      setTimeout(() => response.destroy(), 5);
      throw new Error('thrown in a handler');
    }
    response.end('fine');
  })
  .listen(process.env.PORT);
