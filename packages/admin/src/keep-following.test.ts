import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { BatonError } from '@baton/core';
import { AdminClient } from './client.ts';
import { keepFollowing } from './keep-following.ts';

const event = (number: number) => ({ id: `1700000000000-${number}`, type: `number.${number}` });

/** A cluster that keeps events and tells followers as a test says; `follow` gets each stream that is opened. */
async function serve(
  t: TestContext,
  kept: object[],
  follow: (response: ServerResponse, count: number, server: Server) => void,
): Promise<AdminClient> {
  let count = 0;
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/api/v1/events/follow')) {
      const limit = Number(new URL(request.url ?? '/', 'http://x').searchParams.get('limit'));
      response.end(JSON.stringify(kept.slice(-limit)));
      return;
    }
    response.flushHeaders();
    follow(response, ++count, server);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new AdminClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

const write = (response: ServerResponse, number: number) => response.write(`${JSON.stringify(event(number))}\n`);

test('events go on when WAS comes back: those in between are there, and none comes twice', async (t) => {
  const kept = [event(8), event(9)];
  const said: string[] = [];
  let drop = () => {};
  const client = await serve(t, kept, (response, count) => {
    if (count === 1) {
      drop = () => response.destroy();
      kept.push(event(10));
      write(response, 10);
    } else if (count === 2) {
      kept.push(event(11), event(12));
      write(response, 12);
      write(response, 13);
      response.end();
    }
  });
  const seen: string[] = [];
  const options = { onLost: ({ code }: BatonError) => said.push(code), onBack: () => said.push('back') };
  for await (const one of keepFollowing(client, options)) {
    seen.push(one.type);
    if (one.type === 'number.10') drop();
  }
  assert.deepEqual(seen, ['number.10', 'number.11', 'number.12', 'number.13']);
  assert.deepEqual(said, ['CLUSTER_UNREACHABLE', 'back']);
});

test('a cluster that stays away is CLUSTER_UNREACHABLE', async (t) => {
  const client = await serve(t, [], (_, __, server) => {
    // nobody answers from now on
    setTimeout(() => {
      server.close();
      server.closeAllConnections();
    }, 200);
  });
  const reading = (async () => {
    for await (const _ of keepFollowing(client, { patienceMs: 600 }));
  })();
  await assert.rejects(
    reading,
    (error) => error instanceof BatonError && error.code === 'CLUSTER_UNREACHABLE' && /for 600 ms/.test(error.message),
  );
});
