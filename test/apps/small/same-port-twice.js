// Two servers want the same port; the second hears that it is taken.
const http = require('node:http');

let code = 'none';
const first = http.createServer((_request, response) => response.end(code)).listen(process.env.PORT);
http
  .createServer()
  .on('error', (error) => {
    code = `${error.code} ${error.syscall}`;
  })
  .listen(process.env.PORT);
first.on('error', () => process.exit(3));
