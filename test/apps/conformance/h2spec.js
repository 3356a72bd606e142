// What h2spec asks: any path is answered with a body that is larger than a window it makes small.
import { createServer } from 'node:http';

createServer((request, response) => {
  request.resume();
  response.setHeader('content-type', 'text/plain');
  response.end('a body for h2spec, some of it behind a window of a few bytes\n');
}).listen(process.env.PORT);
