// Ends the process in different ways, by request.
const http = require('node:http');

http
  .createServer((request, response) => {
    switch (request.url) {
      case '/throw':
        throw new Error('thrown in a handler');
      case '/reject':
        return void Promise.reject(new Error('rejected in a handler'));
      case '/later':
        return void setTimeout(() => {
          throw new Error('thrown later');
        }, 1);
      case '/exit':
        return process.exit(5);
      default:
        response.end('fine');
    }
  })
  .listen(process.env.PORT);
