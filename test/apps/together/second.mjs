// The other app of the pool, as an ES module: HTTP on the port it is given, lines on one of its own, and metrics on a third.
import http from 'node:http';
import net from 'node:net';
import { setTimeout } from 'node:timers/promises';

const port = process.env.PORT;
await setTimeout(50);
http
  .createServer((request, response) =>
    response.end(JSON.stringify({ app: 'second', pid: process.pid, isMain: import.meta.main, url: request.url })),
  )
  .listen(port);
net
  .createServer((socket) => socket.on('data', (line) => socket.write(`${process.pid} ${line}`)).on('end', () => socket.end()))
  .listen(7000);
http.createServer(() => {}).listen(9464);
