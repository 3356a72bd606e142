// Express 5, which gives requests and responses prototypes of its own.
import express from 'express';
import { handle } from './handle.js';

const app = express();
app.use((req, res, next) => {
  if (!handle(req, res)) next();
});
app.get('/native/hello', (_req, res) => res.send('hello from express'));
app.get('/native/json', (req, res) =>
  res.json({ ip: typeof req.ip, protocol: req.protocol, secure: req.secure, host: typeof req.hostname }),
);
app.post('/native/body', express.json(), (req, res) => res.status(201).json(req.body));
app.get('/native/stream', (_req, res) => {
  res.type('text');
  res.write('one ');
  res.end('two');
});
app.get('/native/error', () => {
  throw new Error('native error');
});
app.get('/native/redirect', (_req, res) => res.redirect('/native/hello'));
app.use((_error, _req, res, _next) => res.status(500).send('handled error'));
app.listen(process.env.PORT);
