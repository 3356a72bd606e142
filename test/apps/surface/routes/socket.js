import net from 'node:net';
import { note } from '../record.js';
import { json } from './helpers.js';

/** The socket below a request. */
export const socket = {
  '/socket': (req, res) => {
    const { socket } = req;
    json(res, {
      isSocket: socket instanceof net.Socket,
      same: res.socket === socket && req.connection === socket && res.connection === socket,
      remoteFamily: typeof socket.remoteFamily,
      remoteAddress: String(socket.remoteAddress).replace('::ffff:', ''),
      remotePort: typeof socket.remotePort,
      localAddress: String(socket.localAddress).replace('::ffff:', ''),
      localPort: typeof socket.localPort,
      addressPort: socket.address().port === socket.localPort,
      encrypted: socket.encrypted,
      readable: socket.readable,
      writable: socket.writable,
      destroyed: socket.destroyed,
      connecting: socket.connecting,
      pending: socket.pending,
      readyState: socket.readyState,
      timeout: socket.timeout,
      message: socket._httpMessage === res,
      server: typeof socket.server.listen,
      listening: socket.server.listening,
      chained: [socket.setNoDelay(true), socket.setKeepAlive(true, 1000), socket.setTimeout(0), socket.ref(), socket.unref()].every(
        (value) => value === socket,
      ),
      writableLength: res.writableLength,
      highWaterMark: res.writableHighWaterMark === socket.writableHighWaterMark,
      bytes: [typeof socket.bytesRead, typeof socket.bytesWritten],
      constructor: [req.constructor.name, res.constructor.name],
    });
  },
  '/raw-response': (_req, res) => {
    res.socket.write('HTTP/1.1 299 Raw\r\nX-Raw: yes\r\nContent-Length: 3\r\nConnection: close\r\n\r\n');
    res.socket.end('raw');
  },
  '/socket-close': (req, res) => {
    res.setHeader('Connection', 'close');
    req.socket.on('close', (hadError) => note(req, `socket closed, error=${hadError}`));
    res.end('watching');
  },
};
