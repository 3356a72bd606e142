// Sends every line of a connection back; the first one begins with the id of the connection.
const net = require('node:net');
const { createInterface } = require('node:readline');
const { begun } = require('./ledger.js');

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  let isFirst = true;
  createInterface({ input: socket })
    .on('line', (line) => {
      if (isFirst) begun(line.split(' ', 1)[0]);
      isFirst = false;
      socket.write(`${line} ${process.pid}\n`);
    })
    .on('close', () => socket.end());
});
server.listen(process.env.PORT || 0);
