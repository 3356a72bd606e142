// Answers /feed with a line every 20 ms, "PID NUMBER", for as long as the client listens; everything else with its pid.
const http = require('node:http');

http
  .createServer((request, response) => {
    if (!request.url.startsWith('/feed')) return response.end(String(process.pid));
    let number = 0;
    const timer = setInterval(() => response.write(`${process.pid} ${++number}\n`), 20);
    response.on('close', () => clearInterval(timer));
  })
  .listen(process.env.PORT);
