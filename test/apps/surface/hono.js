// Hono as a fetch handler: nothing here listens.
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { handle } from './handle.js';

const app = new Hono();
app.use(async (c, next) => {
  if (c.env.incoming && handle(c.env.incoming, c.env.outgoing)) return RESPONSE_ALREADY_SENT;
  return next();
});
app.get('/native/hello', (c) => c.text('hello from hono'));
app.get('/native/json', (c) => c.json({ ip: 'string', protocol: 'http', secure: false, host: typeof c.req.header('host') }));
app.post('/native/body', async (c) => c.json(await c.req.json(), 201));
app.get('/native/stream', () => new Response(ReadableStream.from(['one ', 'two'].map((text) => new TextEncoder().encode(text)))));
app.get('/native/error', () => {
  throw new Error('native error');
});
app.get('/native/redirect', (c) => c.redirect('/native/hello'));
app.onError((_error, c) => c.text('handled error', 500));

export default app;
