import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BatonError, defer, until } from '@baton/core';
import { writeNumber } from './codec/control.ts';
import { FRAME } from './codec/frame-types.ts';
import { type Hello, type Refuse, refuseMessage, welcomeMessage } from './codec/handshake.ts';
import { type ConnectOptions, connectChannel } from './connect-channel.ts';
import { createProofKeys, type ProofKeys } from './identity/keys.ts';
import { ProofBook } from './identity/proof-book.ts';
import { signProof } from './identity/sign-proof.ts';
import { dialHttp2 } from './link/http2-link.ts';
import type { Dialer } from './link/link.ts';
import { RawLink, rawAdapter, WELCOME } from './testing/raw-peer.ts';
import type { ChannelBlob, WorkerSession, WorkerSessionEvents } from './types.ts';

const BLOB: ChannelBlob = {
  v: 1,
  adapterId: 'a1',
  channelId: 1,
  pool: 'shop',
  protocol: 'http',
  endpoints: ['one:1', 'two:2'],
  secret: 'secret',
};

const DEAF: WorkerSessionEvents = {
  onRequest: () => ({ onData() {}, onEnd() {}, onReset() {}, onCredit() {} }),
  onConnected() {},
  onDrain() {},
  onResume() {},
  onSuspended() {},
  onSettled() {},
  onClosed() {},
};

function connect(
  blob: ChannelBlob = BLOB,
  more: Pick<ConnectOptions, 'proofKey' | 'firstProof'> = {},
): { worker: WorkerSession; dials: { endpoint: string; link: RawLink }[]; errors: Error[] } {
  const dials: { endpoint: string; link: RawLink }[] = [];
  const errors: Error[] = [];
  const raw =
    (way: 'grpc' | 'lane'): Dialer =>
    (endpoint, receiver) => {
      const link = new RawLink();
      link.receiver = receiver;
      dials.push({ endpoint: way === 'lane' ? `lane ${endpoint}` : endpoint, link });
      return link;
    };
  const worker = connectChannel({
    blob,
    token: 'token',
    ...more,
    dial: raw('grpc'),
    dialLane: raw('lane'),
    events: {
      ...DEAF,
      onClosed: (_session, error) => void errors.push(error),
    },
  });
  return { worker, dials, errors };
}

test('the endpoints of a blob are tried in turn until one welcomes', async () => {
  const { worker, dials } = connect();
  for (let index = 0; index < 6; index++) {
    await until(() => dials.length === index + 1);
    dials[index]!.link.receiver!.onLost(new Error('connection refused'));
  }
  await until(() => dials.length === 7);
  assert.deepEqual(dials.map(({ endpoint }) => endpoint).slice(0, 4), ['one:1', 'two:2', 'one:1', 'two:2']);
  assert.equal(worker.state, 'handshaking');
  const hello = dials[6]!.link.handshake;
  assert.ok(hello?.type === 'hello');
  assert.deepEqual([hello.hello.token, hello.hello.secret, hello.hello.resume, hello.hello.received], ['token', 'secret', '', 0]);
  worker.close('done');
});

const REFUSALS: readonly Refuse[] = [
  { code: 'CHANNEL_VERSION', message: 'the worker speaks versions 1 to 1, this adapter 2 to 3', versions: { min: 2, max: 3 } },
  { code: 'CHANNEL_IDENTITY', message: 'the secret is wrong', versions: { min: 1, max: 1 } },
];

for (const refuse of REFUSALS) {
  test(`a worker refused with ${refuse.code} closes with that code and dials no more`, () => {
    const { worker, dials, errors } = connect();
    dials[0]!.link.giveMessage(refuseMessage(refuse));
    assert.equal(worker.state, 'closed');
    assert.equal((errors[0] as { code?: string }).code, refuse.code);
    assert.match(errors[0]!.message, new RegExp(refuse.message));
    assert.ok(dials[0]!.link.isOver);
    assert.equal(dials.length, 1);
  });
}

test('a code of a later release closes the session all the same', () => {
  const { dials, errors } = connect();
  dials[0]!.link.giveMessage(refuseMessage({ ...REFUSALS[0]!, code: 'CHANNEL_LATER' as Refuse['code'] }));
  assert.equal((errors[0] as { code?: string }).code, 'CHANNEL_CLOSED');
});

test('a welcome in a version that was not offered is a violation', () => {
  const { dials, errors } = connect();
  dials[0]!.link.giveMessage(welcomeMessage({ ...WELCOME, version: 2 }));
  assert.equal((errors[0] as { code?: string }).code, 'CHANNEL_PROTOCOL');
});

test('limits under which nothing could be sent are a violation, not a loop', () => {
  for (const limits of [{ maxFrameBytes: 0 }, { initialCredit: 0 }, { maxBatchBytes: 2_048 }, { maxStreams: 0 }]) {
    const { dials, errors } = connect();
    dials[0]!.link.giveMessage(welcomeMessage({ ...WELCOME, limits: { ...WELCOME.limits, ...limits } }));
    assert.equal((errors[0] as { code?: string }).code, 'CHANNEL_PROTOCOL', JSON.stringify(limits));
  }
});

test('a session that is hurried keeps the dial it has on its way', async () => {
  const { worker, dials } = connect();
  worker.hurry('newer');
  dials[0]!.link.giveMessage(welcomeMessage(WELCOME));
  dials[0]!.link.giveFrames((writer) => writeNumber(writer, FRAME.ping, 0, 1));
  assert.equal(worker.state, 'open');
  assert.equal(dials.length, 1);
  worker.close('done');
  worker.hurry('too late');
  await turn();
  assert.equal(dials.length, 1);
});

test('a session that is hurried while it waits dials at once, with the newer token', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { worker, dials } = connect();
  const lose = (): void => dials.at(-1)!.link.receiver!.onLost(new Error('connection refused'));
  for (let n = 1; n <= 15; n++) {
    lose();
    while (dials.length === n) t.mock.timers.tick(1);
  }
  lose();
  t.mock.timers.tick(10);
  assert.equal(dials.length, 16, 'it waits');
  worker.hurry('newer');
  assert.equal(dials.length, 17);
  const { handshake } = dials.at(-1)!.link;
  assert.ok(handshake?.type === 'hello' && handshake.hello.token === 'newer');
  lose();
  t.mock.timers.tick(0);
  assert.equal(dials.length, 18, 'its backoff begins anew');
  worker.close('done');
});

test('each hello is proved anew: the first as somebody proved it beforehand, a resume with the key of the session', async () => {
  const [mine, newer] = [createProofKeys(), createProofKeys()];
  const about = { adapterId: 'a1', channelId: 1, subject: '' };
  const firstProof = signProof(mine.privateKey, about);
  const { worker, dials } = connect(BLOB, { proofKey: mine.privateKey, firstProof });
  const book = new ProofBook();
  const shown = (n: number, { publicKey }: ProofKeys, subject: string): Hello => {
    const { handshake } = dials[n]!.link;
    assert.ok(handshake?.type === 'hello');
    const { proof = '', nonce = '', time = 0 } = handshake.hello;
    book.check(publicKey, { ...about, subject }, { proof, nonce, time });
    return handshake.hello;
  };
  assert.equal(shown(0, mine, '').nonce, firstProof.nonce);
  dials[0]!.link.receiver!.onLost(new Error('connection refused'));
  await until(() => dials.length === 2);
  assert.notEqual(shown(1, mine, '').nonce, firstProof.nonce);
  dials[1]!.link.receiver!.onLost(new Error('connection refused'));
  worker.hurry('newer', newer.privateKey);
  await until(() => dials.length === 3);
  shown(2, newer, '');
  dials[2]!.link.giveMessage(welcomeMessage(WELCOME));
  worker.hurry('too late', mine.privateKey);
  dials[2]!.link.receiver!.onLost(new Error('cut'));
  await until(() => dials.length === 4);
  assert.equal(shown(3, newer, WELCOME.resume).token, '');
  worker.close('done');
});

test('a proof that was made too long before is not shown', () => {
  const { privateKey, publicKey } = createProofKeys();
  const about = { adapterId: 'a1', channelId: 1, subject: '' };
  const firstProof = signProof(privateKey, about, Date.now() - 60_000);
  const { worker, dials } = connect(BLOB, { proofKey: privateKey, firstProof });
  const { handshake } = dials[0]!.link;
  assert.ok(handshake?.type === 'hello');
  const { proof = '', nonce = '', time = 0 } = handshake.hello;
  new ProofBook().check(publicKey, about, { proof, nonce, time });
  worker.close('done');
});

test('an adapter that is slow to welcome gets more time with each round over its ways', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { worker, dials } = connect();
  const lasts: number[] = [];
  for (let n = 0; n < 10; n++) {
    const { link } = dials[n]!;
    let ms = 0;
    for (; !link.isOver; ms += 1_000) t.mock.timers.tick(1_000);
    lasts.push(ms);
    while (dials.length === n + 1) t.mock.timers.tick(1);
  }
  assert.deepEqual(lasts, [3_000, 3_000, 6_000, 6_000, 12_000, 12_000, 12_000, 12_000, 12_000, 12_000]);
  t.mock.timers.tick(11_000);
  dials[10]!.link.giveMessage(welcomeMessage(WELCOME));
  dials[10]!.link.giveFrames((writer) => writeNumber(writer, FRAME.ping, 0, 1));
  assert.equal(worker.state, 'open');
  worker.close('done');
});

test('lanes come before endpoints, and what gave a welcome is tried first when it is lost', async () => {
  const { worker, dials } = connect({ ...BLOB, lanes: ['three:3'] });
  const lose = (index: number): void => dials[index]!.link.receiver!.onLost(new Error('connection refused'));
  lose(0);
  await until(() => dials.length === 2);
  dials[1]!.link.giveMessage(welcomeMessage(WELCOME));
  lose(1);
  await until(() => dials.length === 3);
  lose(2);
  await until(() => dials.length === 4);
  lose(3);
  await until(() => dials.length === 5);
  assert.deepEqual(
    dials.map(({ endpoint }) => endpoint),
    ['lane three:3', 'one:1', 'one:1', 'two:2', 'lane three:3'],
  );
  worker.close('done');
});

test('a blob without endpoints is refused, after the session was returned', async () => {
  const { worker, errors } = connect({ ...BLOB, endpoints: [] });
  assert.equal(errors.length, 0);
  await until(() => errors.length === 1);
  assert.equal((errors[0] as { code?: string }).code, 'INVALID_ARGUMENT');
  assert.equal(worker.state, 'closed');
});

test('an endpoint that is none is passed over', async () => {
  const closed = defer<Error>();
  const dials: string[] = [];
  const worker = connectChannel({
    blob: { ...BLOB, endpoints: ['not an endpoint', '127.0.0.1:1'] },
    token: 'token',
    dial: (endpoint, receiver) => {
      dials.push(endpoint);
      return dialHttp2(endpoint, receiver);
    },
    events: { ...DEAF, onClosed: (_session, error) => closed.resolve(error) },
  });
  await until(() => dials.includes('127.0.0.1:1'));
  worker.close('done');
  assert.equal((await closed.promise).message, 'done');
});

test('a worker that is closed while it dials lets go of the link', () => {
  const { worker, dials } = connect();
  worker.close('done');
  assert.ok(dials[0]!.link.isOver);
  dials[0]!.link.giveMessage(welcomeMessage(WELCOME));
  assert.equal(worker.state, 'closed');
});

test('the resume limit of the adapter counts, not that of the worker', async () => {
  const { worker, links, errors } = rawAdapter({}, { resumeLimitMs: 60_000 });
  links[0]!.receiver!.onLost(new Error('cut'));
  await until(() => worker.state === 'closed');
  assert.equal((errors[0] as { code?: string }).code, 'CHANNEL_RESUME_EXPIRED');
});

test('bytes that are no message end the session as a violation, before and after the welcome', () => {
  const broken = new BatonError('CHANNEL_PROTOCOL', 'a packet holds no batch');
  const before = connect();
  before.dials[0]!.link.receiver!.onBroken(broken);
  assert.deepEqual(before.errors, [broken]);
  const after = rawAdapter();
  after.links[0]!.receiver!.onBroken(broken);
  assert.deepEqual(after.errors, [broken]);
  assert.equal(after.links.length, 1, 'a link with the same bytes is not dialled again');
});

test('a refusal on a working link closes the session with what it says', () => {
  const { worker, links, errors } = rawAdapter();
  links[0]!.giveMessage(refuseMessage({ versions: { min: 1, max: 1 }, code: 'CHANNEL_CLOSED', message: 'the channel is closed' }));
  assert.equal(worker.state, 'closed');
  assert.equal(errors[0]!.message, 'the channel is closed');
});
