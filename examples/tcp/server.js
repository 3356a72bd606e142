// A server of plain TCP, one command a line. Try it: printf '1\n2\n39\n' | nc -N localhost 9000
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const server = createServer({ allowHalfOpen: true }, (socket) => {
  let sum = 0;
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    const text = line.trim();
    if (text === 'who') socket.write(`you are ${socket.remoteAddress}:${socket.remotePort}, I am process ${process.pid}\n`);
    else if (text === 'quit') socket.end('bye\n');
    else if (text !== '' && Number.isFinite(Number(text))) sum += Number(text);
    else socket.write(`? a number, who, or quit; not ${JSON.stringify(text)}\n`);
  });
  // The client has ended its half and waits for what comes of it.
  lines.on('close', () => socket.writable && socket.end(`${sum}\n`));
  socket.on('error', () => {});
});

server.listen(process.env.PORT ?? 9000);
