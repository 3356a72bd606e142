import { note } from '../record.js';
import { tryIt } from './helpers.js';

/** What no app should do. */
export const misuse = {
  '/end-twice': (req, res) => {
    res.end('once');
    res.end();
    note(req, `ended=${res.writableEnded}`);
  },
  '/end-twice-data': (req, res) => {
    res.on('error', (error) => note(req, error.code));
    res.end('once');
    res.end('twice');
  },
  '/write-after-end': (req, res) => {
    res.on('error', (error) => note(req, error.code));
    res.end('ended');
    note(req, `write returned ${res.write('more', (error) => note(req, `callback ${error?.code}`))}`);
  },
  '/header-after-send': (_req, res) => {
    res.write('sent ');
    res.end(tryIt(() => void res.setHeader('X-Late', '1')));
  },
  '/write-head-twice': (_req, res) => {
    res.writeHead(201, { 'X-First': '1' });
    res.end(tryIt(() => void res.writeHead(202)));
  },
  '/strict-length': (req, res) => {
    res.strictContentLength = true;
    res.writeHead(200, { 'Content-Length': 4 });
    note(
      req,
      tryIt(() => void res.write('too long')),
    );
    res.end('four');
  },
  '/too-long': (_req, res) => {
    res.setHeader('Content-Length', 4);
    res.setHeader('Connection', 'close');
    res.write('four');
    res.end();
  },
  '/write-null': (_req, res) => res.end(tryIt(() => void res.write(null))),
  '/write-number': (_req, res) => res.end(tryIt(() => void res.write(5))),
  '/head-write': (_req, res) => {
    const returned = res.write('not sent to HEAD');
    res.end(`${returned}`);
  },
};
