// Everything the raw clients ask for, written against (req, res) alone, so that each framework can mount it below its own pipeline.
import { bodies } from './routes/bodies.js';
import { ends } from './routes/ends.js';
import { headers } from './routes/headers.js';
import { interim } from './routes/interim.js';
import { misuse } from './routes/misuse.js';
import { responses } from './routes/responses.js';
import { socket } from './routes/socket.js';
import { streaming } from './routes/streaming.js';
import { timeouts } from './routes/timeouts.js';

export const routes = {
  ...responses,
  ...headers,
  ...streaming,
  ...interim,
  ...bodies,
  ...misuse,
  ...ends,
  ...timeouts,
  ...socket,
};
