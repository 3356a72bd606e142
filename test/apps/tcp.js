// A server of plain TCP: the first line of a connection says what it is for.
const { createHash } = require('node:crypto');
const net = require('node:net');

const BLOCK = Buffer.alloc(65_536, 'baton ');

const modes = {
  // Every byte comes back; a FIN is answered with a FIN.
  echo: (socket) => socket.pipe(socket),
  // What the app sees of its client.
  facts: (socket) => {
    const { remoteAddress, remotePort, localAddress, localPort, encrypted = false } = socket;
    socket.end(`${JSON.stringify({ remoteAddress, remotePort, localAddress, localPort, encrypted, pid: process.pid })}\n`);
  },
  // So many bytes, as fast as the client takes them.
  send: (socket, count) => {
    let left = Number(count);
    const go = () => {
      while (left > 0) {
        const block = left >= BLOCK.length ? BLOCK : BLOCK.subarray(0, left);
        left -= block.length;
        if (!socket.write(block)) return;
      }
      socket.end();
    };
    socket.on('drain', go);
    socket.on('data', () => {});
    go();
  },
  // Counts what comes until the client's FIN, and says so behind it.
  sink: (socket) => {
    const hash = createHash('sha256');
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      hash.update(chunk);
    });
    socket.on('end', () => socket.end(`${bytes} ${hash.digest('hex')}\n`));
  },
  // Says its process and then nothing, until the client's FIN.
  hold: (socket) => {
    socket.write(`${process.pid}\n`);
    socket.on('end', () => socket.end('bye\n'));
    socket.resume();
  },
  destroy: (socket) => {
    socket.write('last words\n');
    setImmediate(() => socket.destroy());
  },
  reset: (socket) => socket.resetAndDestroy(),
  crash: () => process.exit(3),
};

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  let first = Buffer.alloc(0);
  socket.on('error', () => {});
  const read = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) first = Buffer.concat([first, chunk]);
    const at = first.indexOf('\n');
    if (at < 0) return;
    socket.off('readable', read);
    socket.off('end', leave);
    if (at + 1 < first.length) socket.unshift(first.subarray(at + 1));
    const [name, argument] = first.toString('latin1', 0, at).split(' ');
    modes[name](socket, argument);
  };
  const leave = () => socket.end();
  socket.on('readable', read);
  socket.on('end', leave);
});

server.listen(process.env.PORT);
