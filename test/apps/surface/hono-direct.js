// The same handler run without Baton. The app comes first: @hono/node-server replaces the global Response, and the app's own must be the real one.

import { serve } from '@hono/node-server';
import app from './hono.js';

serve({ fetch: app.fetch, port: Number(process.env.PORT) });
