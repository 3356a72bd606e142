// Fastify 5.
import Fastify from 'fastify';
import { handle } from './handle.js';

const app = Fastify({ return503OnClosing: false });
app.addHook('onRequest', (request, reply, done) => {
  if (handle(request.raw, reply.raw)) reply.hijack();
  else done();
});
app.get('/native/hello', async () => 'hello from fastify');
app.get('/native/json', async (request) => ({
  ip: typeof request.ip,
  protocol: request.protocol,
  secure: false,
  host: typeof request.hostname,
}));
app.post('/native/body', async (request, reply) => reply.code(201).send(request.body));
app.get('/native/stream', (_request, reply) => {
  reply.type('text/plain');
  reply.raw.write('one ');
  reply.raw.end('two');
});
app.get('/native/error', async () => {
  throw new Error('native error');
});
app.get('/native/redirect', async (_request, reply) => reply.redirect('/native/hello'));
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
