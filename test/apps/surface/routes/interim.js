import { later } from './helpers.js';

/** Informational heads. */
export const interim = {
  '/early-hints': (_req, res) => {
    res.writeEarlyHints({ link: ['</a.css>; rel=preload; as=style', '</b.js>; rel=preload; as=script'], 'x-hint': 'yes' });
    res.end('hinted');
  },
  '/early-hints-later': async (_req, res) => {
    res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' });
    await later(5);
    res.writeProcessing();
    await later(5);
    res.writeHead(200, { 'Content-Type': 'text/plain' });
    res.end('processed');
  },
  '/continue-twice': (_req, res) => {
    res.writeContinue();
    res.writeContinue();
    res.end('continued');
  },
};
