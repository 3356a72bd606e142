import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defer } from '@baton/core';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { generateKeyPair } from 'jose';
import { ChannelServer } from './channel-server.ts';
import { connectChannel } from './connect-channel.ts';
import { signIdentity, verifyIdentity } from './identity/token.ts';
import { channelServerOptions } from './link/service.ts';
import { collectAnswer, echo, requestHead } from './testing/requests.ts';
import type { AdapterSession } from './types.ts';

test('a worker connects over a grpc-js server and serves requests', async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const connected = defer<AdapterSession>();
  const server = new ChannelServer({
    findChannel: () => ({ secret: 's', poolIdentity: 'shop', pool: 'shop' }),
    verifyToken: (token) => verifyIdentity(publicKey, token),
    events: { onConnected: connected.resolve, onLeaving() {}, onSuspended() {}, onResumed() {}, onClosed() {} },
  });
  const grpc = new Server(channelServerOptions);
  grpc.addService(server.service.definition, server.service.implementation);
  const port = await new Promise<number>((resolve, reject) =>
    grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  const token = await signIdentity(
    privateKey,
    { workerId: 'w1', poolIdentity: 'shop', pool: 'shop', slot: 'shop/1', generation: 1, channels: ['a1/1'], role: 'activation' },
    60_000,
  );
  const closed = defer<Error>();
  connectChannel({
    blob: { v: 1, adapterId: 'a1', channelId: 1, pool: 'shop', protocol: 'http', endpoints: [`127.0.0.1:${port}`], secret: 's' },
    token,
    events: {
      onRequest: echo,
      onConnected() {},
      onDrain() {},
      onResume() {},
      onSuspended() {},
      onSettled() {},
      onClosed: (_session, error) => closed.resolve(error),
    },
  });
  const session = await connected.promise;
  assert.equal(session.identity.workerId, 'w1');
  const answer = collectAnswer();
  const request = session.open(requestHead({ method: 'POST' }), false, answer.handler);
  request.write(Buffer.alloc(200_000, 'x'));
  request.end();
  assert.equal((await answer.done).body.length, 200_000);
  session.close('SESSION_CLOSED', 'done');
  console.log(await closed.promise);
  grpc.forceShutdown();
});
