import { note } from '../record.js';
import { later } from './helpers.js';

/** Ends that are not orderly. */
export const ends = {
  '/destroy': (_req, res) => res.destroy(),
  '/destroy-error': (_req, res) => res.destroy(new Error('by the app')),
  '/destroy-request': (req) => req.destroy(),
  '/destroy-socket': (req) => req.socket.destroy(),
  '/destroy-after-head': async (_req, res) => {
    res.setHeader('Content-Length', 100);
    res.write('partial');
    await later(10);
    res.destroy();
  },
  '/destroy-chunked': async (_req, res) => {
    res.write('partial');
    await later(10);
    res.socket.destroy();
  },
  '/destroy-after-end': (_req, res) => {
    res.end('complete');
    res.on('finish', () => res.destroy());
  },
  '/wait': (req, res) => {
    req.on('aborted', () => note(req, 'aborted seen'));
    res.on('close', () => note(req, `wait over, socket destroyed=${req.socket.destroyed}`));
  },
  '/wait-head': (_req, res) => {
    res.write('waiting');
  },
  '/wait-body': (req, res) => {
    req.on('data', () => {});
    req.on('end', () => res.end('whole'));
  },
  '/wait-unread': () => {},
  '/signal': (req, res) => {
    req.signal.addEventListener('abort', () => note(req, 'signal aborted'));
    res.end('signal');
  },
  '/signal-wait': (req) => {
    req.signal.addEventListener('abort', () => note(req, 'signal aborted'));
  },
  '/write-after-close': (req, res) => {
    res.on('close', () => {
      note(req, `write returned ${res.write('late', (error) => note(req, `callback ${error?.code}`))}`);
      res.end();
    });
  },
};
