import { note } from '../record.js';
import { later } from './helpers.js';

/** Answers that are given at once. */
export const responses = {
  '/hello': (_req, res) => res.end('hello world'),
  '/html': (_req, res) => {
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.end('<p>hällo wörld</p>');
  },
  '/buffer': (_req, res) => {
    const body = Buffer.from([0, 1, 2, 253, 254, 255]);
    res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': body.length });
    res.end(body);
  },
  '/nothing': (_req, res) => res.end(),
  '/latin1-body': (_req, res) => res.end('h\u00e9llo', 'latin1'),
  '/base64-body': (_req, res) => res.end(Buffer.from('base64').toString('base64'), 'base64'),
  '/status': (_req, res, url) => {
    res.statusCode = Number(url.searchParams.get('code'));
    const reason = url.searchParams.get('reason');
    if (reason !== null) res.statusMessage = reason;
    res.end('status body');
  },
  '/status-chunked': (_req, res, url) => {
    res.statusCode = Number(url.searchParams.get('code'));
    res.write('a');
    res.end('b');
  },
  '/status-explicit-te': (_req, res, url) => {
    res.writeHead(Number(url.searchParams.get('code')), { 'Transfer-Encoding': 'chunked' });
    res.end();
  },
  '/async': async (_req, res) => {
    await later(5);
    res.end('async');
  },
  '/end-callback': (req, res) => res.end('called', () => note(req, 'end callback')),
  '/write-callbacks': (req, res) => {
    res.write('a', () => note(req, 'first written'));
    res.write('b', () => note(req, 'second written'));
    res.end('c', () => note(req, 'ended'));
  },
};
