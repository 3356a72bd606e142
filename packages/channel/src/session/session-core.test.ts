import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { until } from '@baton/core';
import { batchAck, batchNumber } from '../codec/batch-reader.ts';
import { looseMessage } from '../codec/batch-writer.ts';
import { writeNumber, writeReset } from '../codec/control.ts';
import { writeEnd } from '../codec/end.ts';
import { BATCH_HEADER_BYTES, FRAME } from '../codec/frame-types.ts';
import { isHandshake, welcomeMessage } from '../codec/handshake.ts';
import { writeResponseHead } from '../codec/response-head.ts';
import { rawAdapter, rawWorkers, WELCOME } from '../testing/raw-peer.ts';
import { collectAnswer, requestHead } from '../testing/requests.ts';

const pong = (number: number) => (writer: Parameters<typeof writeNumber>[0]) => writeNumber(writer, FRAME.pong, 0, number);

test('a batch that comes twice is read once', async () => {
  const { connect, closed } = rawWorkers();
  const { link, session } = await connect();
  const ends: number[] = [];
  const open = () =>
    session.open(requestHead(), true, {
      onInterim() {},
      onHead() {},
      onData() {},
      onEnd: () => void ends.push(1),
      onReset() {},
      onCredit() {},
    });
  const first = open();
  open();
  link.giveFrames((writer) => {
    writeResponseHead(writer, FRAME.head, first.id, { status: 200, reason: 'OK', headers: '', framing: 'none', close: false }, 1_000);
    writeEnd(writer, first.id, undefined, undefined, 1_000);
  }, 2);
  link.giveFrames((writer) => writeEnd(writer, first.id + 1, undefined, undefined, 1_000), 2);
  assert.equal(ends.length, 1);
  assert.equal(session.inFlight, 1);
  assert.deepEqual(closed, []);
});

test('a gap in the numbers is a violation', async () => {
  const { connect, closed } = rawWorkers();
  const { link } = await connect();
  link.giveFrames(pong(2), 3);
  assert.deepEqual(closed, ['PROTOCOL']);
  assert.ok(link.isOver);
});

test('an acknowledgement of what was never sent is a violation', async () => {
  const { connect, closed } = rawWorkers();
  const { link } = await connect();
  link.giveFrames(pong(2), 2, 99);
  assert.deepEqual(closed, ['PROTOCOL']);
});

test('what is read is acknowledged with the next batch, or alone after a short time', async () => {
  const { worker, links } = rawAdapter({}, { ackDelayMs: 5 });
  const link = links[0]!;
  // Where the machine is slow, the short time is over before the pong is written.
  const answer = () => link.sent.find((batch) => !isHandshake(batch) && batchNumber(batch) === 1);
  link.giveFrames((writer) => writeNumber(writer, FRAME.ping, 0, 1));
  await until(() => answer() !== undefined);
  assert.equal(batchAck(answer()!), 1, 'the pong carries it');
  link.giveFrames((writer) => writeReset(writer, 0, 'DEADLINE', ''), 2, 1);
  // Request 0 does not exist and never did.
  assert.equal(worker.state, 'closed');

  const other = rawAdapter({}, { ackDelayMs: 5 });
  other.links[0]!.giveFrames((writer) => writer.begin(FRAME.drain, 0, 0));
  await until(() => other.links[0]!.sent.some((batch) => !isHandshake(batch)));
  const alone = other.links[0]!.sent.at(-1)!;
  assert.deepEqual([batchNumber(alone), batchAck(alone), alone.length], [0, 1, BATCH_HEADER_BYTES]);
  assert.equal(other.worker.settled, true, 'an acknowledgement alone is not acknowledged itself');
  other.worker.close('done');
});

test('many batches without an answer are acknowledged before the time is over', () => {
  const { worker, links } = rawAdapter({}, { ackDelayMs: 10_000 });
  for (let count = 1; count <= 64; count++) links[0]!.giveFrames((writer) => writer.begin(FRAME.drain, 0, 0));
  const alone = links[0]!.sent.at(-1)!;
  assert.deepEqual([batchNumber(alone), batchAck(alone)], [0, 64]);
  worker.close('done');
});

test('a worker that is asked about batches it never had is refused, and so is one that names batches never sent', async () => {
  const { connect, dial } = rawWorkers();
  const { link, session } = await connect();
  const welcome = link.handshake;
  assert.ok(welcome?.type === 'welcome');
  link.receiver!.onLost(new Error('cut'));
  assert.equal(session.state, 'suspended');
  const wrong = await dial({ resume: welcome.welcome.resume, received: 50 });
  assert.ok(wrong.handshake?.type === 'refuse' && wrong.handshake.refuse.code === 'CHANNEL_PROTOCOL');
  const right = await dial({ resume: welcome.welcome.resume, received: 1 });
  assert.equal(right.handshake?.type, 'welcome');
  assert.equal(session.state, 'open');
  session.close('SESSION_CLOSED', 'done');
});

test('an adapter that claims batches which were never sent is left', () => {
  const { worker, links, errors } = rawAdapter();
  links[0]!.receiver!.onLost(new Error('cut'));
  return until(() => links.length === 2).then(() => {
    links[1]!.giveMessage(welcomeMessage({ ...WELCOME, received: 7 }));
    assert.equal(worker.state, 'closed');
    assert.equal((errors[0] as { code?: string }).code, 'CHANNEL_PROTOCOL');
  });
});

test('what was not acknowledged goes out again over the new link, with its old number, and nothing else does', async () => {
  const { worker, links } = rawAdapter();
  links[0]!.giveFrames((writer) => writeNumber(writer, FRAME.ping, 0, 1));
  await turn();
  await turn();
  links[0]!.giveFrames((writer) => writeNumber(writer, FRAME.ping, 0, 2), 2, 1);
  await turn();
  await turn();
  assert.deepEqual(links[0]!.numbers, [1, 2]);
  links[0]!.receiver!.onLost(new Error('cut'));
  worker.leave('w2');
  await until(() => links.length === 2);
  const hello = links[1]!.handshake;
  assert.ok(hello?.type === 'hello');
  assert.deepEqual([hello.hello.resume, hello.hello.received, hello.hello.token], ['resume', 2, '']);
  links[1]!.giveMessage(welcomeMessage({ ...WELCOME, received: 1 }));
  assert.deepEqual(links[1]!.numbers, [2, 3]);
  assert.equal(worker.settled, false);
  links[0]!.give(Buffer.from('a link that was replaced is heard no more'));
  assert.equal(worker.state, 'open');
  worker.close('done');
});

test('a worker asks for a sign of life when it hears nothing, and the adapter gives one', async () => {
  const { worker, links } = rawAdapter({}, { keepaliveMs: 10 });
  const isAsking = (batch: Buffer): boolean => !isHandshake(batch) && batch[BATCH_HEADER_BYTES + 4] === FRAME.ping;
  const asked = await until(() => links[0]!.sent.find(isAsking));
  worker.close('done');
  const { connect, closed } = rawWorkers();
  const { link } = await connect();
  link.give(asked);
  const given = link.sent.at(-1)!;
  assert.deepEqual([batchNumber(given), given[BATCH_HEADER_BYTES + 4]], [0, FRAME.pong]);
  assert.deepEqual(closed, []);
  link.giveMessage(looseMessage(0, FRAME.pong));
  assert.deepEqual(closed, ['PROTOCOL']);
});

test('frames of a request that ended here are ignored, of one never opened a violation', async () => {
  const { connect, closed } = rawWorkers();
  const { link, session } = await connect();
  const { handler, done } = collectAnswer();
  const request = session.open(requestHead(), true, handler);
  done.catch(() => {});
  request.reset('CLIENT_CLOSED');
  link.giveFrames((writer) => writer.bytesFrame(FRAME.data, request.id, Buffer.alloc(9), 0, 9));
  assert.deepEqual(closed, []);
  link.giveFrames((writer) => writer.bytesFrame(FRAME.data, request.id + 1, Buffer.alloc(9), 0, 9));
  assert.deepEqual(closed, ['PROTOCOL']);
});

test('a batch beyond the limit ends the session', async () => {
  const { connect, closed } = rawWorkers({ limits: { maxBatchBytes: 8_192, maxFrameBytes: 4_096 } });
  const { link } = await connect();
  link.giveFrames((writer) => {
    for (let count = 0; count < 3; count++) writer.begin(FRAME.data, 1, 4_000);
  });
  assert.deepEqual(closed, ['PROTOCOL']);
});

test('a sender keeps to the limits that its peer named', async () => {
  const { dial, connected } = rawWorkers();
  const link = await dial({ limits: { maxFrameBytes: 2_048, maxBatchBytes: 8_192, initialCredit: 100_000, maxStreams: 1 } });
  link.giveFrames(pong(1));
  const session = connected[0]!;
  const deaf = { onInterim() {}, onHead() {}, onData() {}, onEnd() {}, onReset() {}, onCredit() {} };
  const request = session.open(requestHead(), false, deaf);
  request.write(Buffer.alloc(50_000));
  await turn();
  await turn();
  const data = link.sent.filter((batch) => batchNumber(batch) > 1);
  assert.ok(data.length > 5);
  assert.ok(data.every((batch) => batch.length <= 8_192));
  assert.equal(session.writable, false);
  session.close('SESSION_CLOSED', 'done');
});
