// Listens only if it is the main module; says what the process looks like to it.
const http = require('node:http');

const server = http.createServer((_request, response) =>
  response.end(
    JSON.stringify({
      main: require.main === module,
      argv: process.argv.slice(1),
      cwd: process.cwd(),
      port: process.env.PORT,
      greeting: process.env.GREETING,
      title: process.title,
      send: typeof process.send,
      address: server.address().port,
      listening: server.listening,
      fd: module.paths.length > 0,
    }),
  ),
);

if (require.main === module) server.listen(process.env.PORT);
module.exports = server;
