import { json, tryIt } from './helpers.js';

/** Heads, and what an app may do to them. */
export const headers = {
  '/headers': (_req, res) => {
    res.setHeader('X-One', '1');
    res.setHeader('x-lower', 'lower');
    res.setHeader('X-List', ['a', 'b', 'c']);
    res.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; HttpOnly']);
    res.appendHeader('X-One', '2');
    res.setHeader('X-Gone', 'gone');
    res.removeHeader('x-gone');
    res.end('headers');
  },
  '/raw-header-array': (_req, res) => {
    res.writeHead(200, 'Very Fine', ['X-A', '1', 'x-a', '2', 'Set-Cookie', 'c=3', 'Set-Cookie', 'd=4', 'Content-Length', '3']);
    res.end('raw');
  },
  '/latin1-header': (_req, res) => {
    res.setHeader('X-Latin', 'caf\u00e9 \u00ff');
    res.end('text');
  },
  '/latin1-header-buffer': (_req, res) => {
    res.setHeader('X-Latin', 'caf\u00e9 \u00ff');
    res.end(Buffer.from('bytes'));
  },
  '/no-date': (_req, res) => {
    res.sendDate = false;
    res.end('no date');
  },
  '/own-date': (_req, res) => {
    res.setHeader('Date', 'Thu, 01 Jan 1970 00:00:00 GMT');
    res.setHeader('Server', 'mine');
    res.end('own date');
  },
  '/close-header': (_req, res) => {
    res.setHeader('Connection', 'close');
    res.end('closing');
  },
  '/keep-alive-header': (_req, res) => {
    res.setHeader('Connection', 'keep-alive');
    res.setHeader('Keep-Alive', 'timeout=77');
    res.end('keeping');
  },
  '/connection-list': (_req, res) => {
    res.writeHead(200, { Connection: 'x-hop, close', 'X-Hop': 'here', 'Content-Length': 4 });
    res.end('list');
  },
  '/should-not-keep': (_req, res) => {
    res.shouldKeepAlive = false;
    res.end('not kept');
  },
  '/removed-length': (_req, res) => {
    res.removeHeader('Content-Length');
    res.end('chunked then');
  },
  '/removed-both': (_req, res) => {
    res.removeHeader('Content-Length');
    res.removeHeader('Transfer-Encoding');
    res.end('until the end');
  },
  '/removed-connection': (_req, res) => {
    res.removeHeader('Connection');
    res.end('no connection header');
  },
  '/big-headers': (_req, res) => {
    for (let index = 0; index < 20; index++) res.setHeader(`X-Big-${index}`, String(index).repeat(200));
    res.end('big');
  },
  '/header-errors': (_req, res) => {
    const results = {
      name: tryIt(() => void res.setHeader('bad name', 'x')),
      value: tryIt(() => void res.setHeader('X-Bad', 'a\r\nb')),
      undefined: tryIt(() => void res.setHeader('X-Bad', undefined)),
      status: tryIt(() => void res.writeHead(99)),
      message: tryIt(() => void res.writeHead(200, 'bad\r\nreason')),
    };
    res.statusMessage = 'Checked';
    json(res, results);
  },
};
