// An unmodified Fastify app. It is mounted at /api/ and sees the whole path, as any server would.
import Fastify from 'fastify';

const app = Fastify({ logger: false, routerOptions: { ignoreTrailingSlash: true } });
const items = new Map([[1, { id: 1, name: 'baton' }]]);

app.get('/api/', async () => ({ framework: 'fastify', pid: process.pid, uptimeSeconds: process.uptime() }));
app.get('/api/items', async () => [...items.values()]);
app.post(
  '/api/items',
  { schema: { body: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } } },
  async (request, reply) => {
    const item = { id: items.size + 1, name: request.body.name };
    items.set(item.id, item);
    return reply.code(201).send(item);
  },
);

await app.listen({ port: Number(process.env.PORT) || 3001 });
