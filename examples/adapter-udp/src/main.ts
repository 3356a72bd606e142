import { randomUUID } from 'node:crypto';
import { openListenerAdapter } from '@baton/adapter-kit';
import { UdpListener } from './udp-listener.ts';

// node dist/main.js; BATON_WAS is HOST:PORT of WAS, BATON_SECRET the secret that the services of the cluster share.
const { BATON_WAS = '127.0.0.1:7070', BATON_SECRET = '', BATON_ADVERTISE = '127.0.0.1' } = process.env;
const log = {
  info: (facts: object, message: string) => console.log(message, facts),
  warn: (facts: object, message: string) => console.warn(message, facts),
};
const opened = await openListenerAdapter({
  hub: { id: `udp-${randomUUID().slice(0, 8)}`, advertise: BATON_ADVERTISE },
  protocol: 'udp',
  was: BATON_WAS.split(','),
  secret: BATON_SECRET,
  log,
  listener: new UdpListener(log),
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void opened.stop(AbortSignal.timeout(30_000)).then(() => process.exit(0)));
}
