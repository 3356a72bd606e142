import assert from 'node:assert/strict';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { type ChannelBlob, ChannelServer } from '@baton/channel';
import { until } from '@baton/core';
import { Channels } from './channels.ts';

const nothing = (): void => {};
const SECRET = 'secret';

/** A lane on which nothing is answered before the test lets it. */
async function openLane(t: TestContext) {
  const sockets: net.Socket[] = [];
  const tokens: string[] = [];
  const events = { onConnected: nothing, onLeaving: nothing, onSuspended: nothing, onResumed: nothing, onClosed: nothing };
  const server = new ChannelServer({
    findChannel: () => ({ secret: SECRET, poolIdentity: 'shop', pool: 'shop' }),
    allowsUnproven: true,
    verifyToken: (token) => {
      tokens.push(token);
      const facts = { workerId: 'w1', poolIdentity: 'shop', pool: 'shop', slot: 'shop/1', generation: 1 };
      return Promise.resolve({ ...facts, channels: ['a/1'], role: 'activation' });
    },
    events,
  });
  const port = net.createServer({ pauseOnConnect: true }, (socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => port.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    port.close();
    for (const socket of sockets) socket.destroy();
  });
  const lane = `127.0.0.1:${(port.address() as net.AddressInfo).port}`;
  const blob: ChannelBlob = {
    v: 1,
    adapterId: 'a',
    channelId: 1,
    pool: 'shop',
    protocol: 'http',
    endpoints: [],
    lanes: [lane],
    secret: SECRET,
  };
  return {
    sockets,
    tokens,
    channel: { adapterId: 'a', channelId: 1, blob: Buffer.from(JSON.stringify(blob)).toString('base64') },
    answer: (socket: net.Socket) => {
      server.acceptLane(socket);
      socket.resume();
    },
  };
}

function openChannels(t: TestContext) {
  const disconnected: string[] = [];
  const channels = new Channels({
    onRequest: () => ({ onData: nothing, onEnd: nothing, onReset: nothing, onCredit: nothing }),
    onPing: (answer) => answer(),
    onConnected: nothing,
    onDisconnected: (_channel, reason) => void disconnected.push(reason),
    onCalmer: nothing,
    onDown: nothing,
  });
  t.after(() => channels.close());
  return { channels, disconnected };
}

test('an order to connect that comes again leaves a hello on its way alone', async (t) => {
  const lane = await openLane(t);
  const { channels, disconnected } = openChannels(t);
  channels.dial([lane.channel], { token: 'first', proofKey: '' });
  await until(() => lane.sockets.length === 1, 5_000, 'the dial', 2);
  channels.dial([lane.channel], { token: 'second', proofKey: '' });
  channels.dial([lane.channel], { token: 'third', proofKey: '' });
  lane.answer(lane.sockets[0]!);
  await until(() => channels.connected.length === 1, 2_000, 'the connection', 2);
  assert.deepEqual([lane.sockets.length, lane.tokens, disconnected], [1, ['first'], []]);
});

test('what the first dial did not bring, the next one asks for with the newer token', async (t) => {
  const lane = await openLane(t);
  const { channels } = openChannels(t);
  channels.dial([lane.channel], { token: 'first', proofKey: '' });
  await until(() => lane.sockets.length === 1, 5_000, 'the dial', 2);
  channels.dial([lane.channel], { token: 'second', proofKey: '' });
  lane.sockets[0]!.resetAndDestroy();
  await until(() => lane.sockets.length === 2, 5_000, 'another dial', 2);
  lane.answer(lane.sockets[1]!);
  await until(() => channels.connected.length === 1, 5_000, 'the connection', 2);
  assert.deepEqual(lane.tokens, ['second']);
});

test('a channel whose adapter was started anew is dialled by its new blob', async (t) => {
  const [before, after] = [await openLane(t), await openLane(t)];
  const { channels, disconnected } = openChannels(t);
  channels.dial([before.channel], { token: 'first', proofKey: '' });
  await until(() => before.sockets.length === 1, 5_000, 'the dial', 2);
  channels.dial([after.channel], { token: 'second', proofKey: '' });
  await until(() => after.sockets.length === 1, 5_000, 'the dial by the new blob', 2);
  after.answer(after.sockets[0]!);
  await until(() => channels.connected.length === 1, 5_000, 'the connection', 2);
  assert.deepEqual([after.tokens, before.tokens, disconnected], [['second'], [], []]);
});
