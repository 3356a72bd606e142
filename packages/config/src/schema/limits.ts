import { z } from 'zod';
import { duration, integer, size } from './kinds.ts';
import { setting } from './setting.ts';

const DAY = 86_400_000;

/** Limits of requests and connections at the listener; 0 = none. */
export const limits = z.strictObject({
  queueTimeout: setting(duration({ maxMs: DAY }), '30s', 'Longest wait for a worker; then 503 QUEUE_TIMEOUT.'),
  requestTimeout: setting(duration({ maxMs: DAY }), '0s', 'From the request head to the end of the response; then 504.'),
  headersTimeout: setting(duration({ maxMs: DAY }), '60s', 'For the whole request head; then 408.'),
  idleTimeout: setting(duration({ maxMs: DAY }), '120s', 'A keep-alive connection without a request for this long is closed.'),
  maxHeaderBytes: setting(size({ plainNumber: 'bytes', minBytes: 0, maxBytes: 1024 * 1024 }), '16KiB', 'Largest request head; then 431.'),
  maxBodyBytes: setting(size({ plainNumber: 'bytes' }), 0, 'Largest request body; then 413.'),
  maxConnections: setting(integer(0, 4_294_967_295), 0, 'Connections at once, per listener; then 503.'),
});
