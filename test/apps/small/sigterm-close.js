// The usual end of a Node server: SIGTERM, close, exit.
const http = require('node:http');

const server = http.createServer((request, response) => {
  const ms = Number(new URL(request.url, 'http://app.test').searchParams.get('ms') ?? 0);
  setTimeout(() => response.end('done'), ms);
});
server.listen(process.env.PORT);
process.on('SIGTERM', () => {
  console.log('app: SIGTERM');
  server.close(() => {
    console.log('app: closed');
    process.exit(0);
  });
});
