// The same handler run without Baton. The app comes first: @hono/node-server replaces the global Response, and the app's own must be the real one.
const { default: app } = await import('./hono.js');
const { serve } = await import('@hono/node-server');

serve({ fetch: app.fetch, port: Number(process.env.PORT) });
