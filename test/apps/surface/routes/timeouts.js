import { note } from '../record.js';
import { later } from './helpers.js';

/** Timeouts. */
export const timeouts = {
  '/response-timeout': (req, res) => {
    res.setTimeout(20, () => {
      note(req, 'response timeout');
      res.statusCode = 503;
      res.end('timed out');
    });
  },
  '/request-timeout': (req, res) => {
    req.setTimeout(20, () => {
      note(req, 'request timeout');
      res.end('request timed out');
    });
  },
  '/socket-timeout': (req) => {
    req.socket.setTimeout(20);
  },
  '/timeout-cleared': async (req, res) => {
    req.socket.setTimeout(10);
    req.socket.setTimeout(0);
    await later(30);
    res.end('in time');
  },
};
