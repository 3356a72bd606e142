// Closes its server after a request to /close and lives on for a moment.
const http = require('node:http');

const server = http.createServer((request, response) => {
  response.end('answered');
  if (request.url === '/close') server.close(() => console.log('app: closed'));
});
server.listen(process.env.PORT);
