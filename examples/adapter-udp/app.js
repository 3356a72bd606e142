// Hosted by Baton: exports what takes a connection. One datagram is one connection: its bytes come in one piece, each write is a datagram back,
// and `end` says that nothing more comes.
let count = 0;

export function handleConnection(connection) {
  connection.once('data', (datagram) => {
    count++;
    connection.end(`${process.pid} ${count} ${datagram}`);
  });
}
