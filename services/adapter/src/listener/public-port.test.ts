import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { PublicPort } from './public-port.ts';

const CLIENTS = 300;
/** How long each turn of the event loop is made to last, ms. */
const TURN_MS = 5;

test('a port that stops takes all connections that wait for it, also where each turn of its thread is slow', async () => {
  const port = new PublicPort({
    ...{ address: '127.0.0.1', port: 0, reusePort: true, now: () => performance.now() },
    onConnection: (socket) => socket.on('error', () => {}).end('taken'),
  });
  await port.open();
  let isBusy = true;
  const work = (): void => {
    const untilMs = performance.now() + TURN_MS;
    while (performance.now() < untilMs);
    if (isBusy) setImmediate(work);
  };
  work();
  const clients = Array.from({ length: CLIENTS }, () => connect({ port: port.port, host: '127.0.0.1' }));
  const answers = clients.map(async (client) => {
    const [bytes] = await once(client, 'data');
    return String(bytes);
  });
  const settled = Promise.allSettled(answers);
  const startedAtMs = performance.now();
  await port.stopListeningWhenQuiet();
  assert.ok(performance.now() - startedAtMs > (CLIENTS * TURN_MS) / 2, 'they did wait');
  assert.equal(port.port, 0, 'it is closed');
  isBusy = false;
  const outcomes = (await settled).map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as NodeJS.ErrnoException).code));
  assert.deepEqual([...new Set(outcomes)], ['taken'], `${outcomes.filter((one) => one !== 'taken').length} of ${CLIENTS} were not taken`);
  for (const client of clients) client.destroy();
});
