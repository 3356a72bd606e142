import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Hello, Refuse } from './codec/handshake.ts';
import { signIdentity, verifyIdentity } from './identity/token.ts';
import { DEFAULT_LIMITS, resolveLimits } from './limits.ts';
import { HELLO, IDENTITY, type RawLink, rawWorkers } from './testing/raw-peer.ts';
import { collectAnswer, requestHead } from './testing/requests.ts';

function refusalOf(link: RawLink): Refuse {
  const handshake = link.handshake;
  assert.ok(handshake?.type === 'refuse', handshake?.type);
  assert.ok(link.isOver);
  return handshake.refuse;
}

function resumeTokenOf(link: RawLink): string {
  const handshake = link.handshake;
  assert.ok(handshake?.type === 'welcome');
  return handshake.welcome.resume;
}

test('a worker of another version is refused, and told both ranges', async () => {
  const { dial } = rawWorkers();
  const { code, message, versions } = refusalOf(await dial({ versions: { min: 2, max: 9 } }));
  assert.equal(code, 'CHANNEL_VERSION');
  assert.equal(message, 'the worker speaks versions 2 to 9, this adapter 1 to 1');
  assert.deepEqual(versions, { min: 1, max: 1 });
});

test('a worker that also speaks later versions is welcomed with the one both know', async () => {
  const { dial } = rawWorkers();
  const handshake = (await dial({ versions: { min: 1, max: 9 } })).handshake;
  assert.ok(handshake?.type === 'welcome' && handshake.welcome.version === 1);
});

/** What a peer is told whose identity is refused, whichever check failed. */
const NOT_LET_IN: Refuse = {
  versions: { min: 1, max: 1 },
  code: 'CHANNEL_IDENTITY',
  message: 'this worker is not let in; the log of the adapter says why',
};

const WRONG_HELLOS: readonly { why: string; hello: Partial<Hello>; says: RegExp }[] = [
  { why: 'a wrong secret', hello: { secret: 'guess' }, says: /the secret of the channel is wrong/ },
  { why: 'a channel that does not exist', hello: { channelId: 2 }, says: /there is no such channel/ },
  { why: 'a channel of another adapter', hello: { adapterId: 'a2' }, says: /there is no such channel/ },
];

for (const { why, hello, says } of WRONG_HELLOS) {
  test(`${why} is refused before the token is looked at`, async () => {
    const { dial, refused } = rawWorkers({ verifyToken: () => assert.fail('the token was checked') });
    assert.deepEqual(refusalOf(await dial(hello)), NOT_LET_IN);
    assert.equal(refused.length, 1);
    assert.match(refused[0]!.text, says);
    assert.doesNotMatch(JSON.stringify(refused), /guess/);
  });
}

const WRONG_IDENTITIES = [
  { why: 'another pool identity', identity: { poolIdentity: 'billing' }, says: /open to pool identity shop, the worker has billing/ },
  { why: 'another pool', identity: { pool: 'billing' }, says: /belongs to pool shop, the worker to billing/ },
  { why: 'an identity that does not name the channel', identity: { channels: ['a1/7', 'a2/1'] }, says: /does not name channel a1\/1/ },
];

for (const { why, identity, says } of WRONG_IDENTITIES) {
  test(`${why} is refused`, async () => {
    const { dial, refused } = rawWorkers({ verifyToken: () => Promise.resolve({ ...IDENTITY, ...identity }) });
    assert.deepEqual(refusalOf(await dial()), NOT_LET_IN);
    assert.match(refused[0]!.text, says);
    assert.equal(refused[0]!.workerId, 'w1');
  });
}

test('a signed identity comes back as it was signed', async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  for (const role of ['activation', 'replacement:r7'] as const) {
    const identity = { ...IDENTITY, role };
    const token = await signIdentity(privateKey, identity, 60_000);
    assert.deepEqual(await verifyIdentity(publicKey, token), identity);
    assert.deepEqual(await verifyIdentity(await exportJWK(publicKey), token), identity);
    assert.deepEqual(await verifyIdentity(publicKey, await signIdentity(await exportJWK(privateKey), identity, 60_000)), identity);
  }
});

test('a token that is late, of another key, changed, unsigned or without a claim is refused with CHANNEL_IDENTITY', async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const other = await generateKeyPair('EdDSA');
  const good = await signIdentity(privateKey, IDENTITY, 60_000);
  const [header, , signature] = good.split('.');
  const claims = Buffer.from(JSON.stringify({ ...IDENTITY, sub: 'w2' })).toString('base64url');
  const sign = (jwt: SignJWT) =>
    jwt.setProtectedHeader({ alg: 'EdDSA' }).setIssuer('baton-was').setAudience('baton-channel').sign(privateKey);
  const bad = {
    late: await signIdentity(privateKey, IDENTITY, -60_000),
    'of another key': await signIdentity(other.privateKey, IDENTITY, 60_000),
    changed: `${header}.${claims}.${signature}`,
    unsigned: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`,
    'without a claim': await sign(new SignJWT({ pool: 'shop' }).setSubject('w1').setExpirationTime('1h')),
    'without an end': await sign(new SignJWT({ ...IDENTITY }).setSubject('w1')),
    'for another audience': await new SignJWT({ ...IDENTITY })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setSubject('w1')
      .setIssuer('baton-was')
      .setAudience('elsewhere')
      .setExpirationTime('1h')
      .sign(privateKey),
    'no token at all': 'x',
  };
  for (const [why, token] of Object.entries(bad)) await assert.rejects(verifyIdentity(publicKey, token), { code: 'CHANNEL_IDENTITY' }, why);
  await verifyIdentity(publicKey, good);
});

test('a refused token refuses the link', async () => {
  const { publicKey } = await generateKeyPair('EdDSA');
  const { dial } = rawWorkers({ verifyToken: (token) => verifyIdentity(publicKey, token) });
  const link = await dial();
  await until(() => link.isOver);
  assert.equal(refusalOf(link).code, 'CHANNEL_IDENTITY');
});

test('a worker whose death is known is refused, at its first connect and at a resume', async () => {
  let isDead = false;
  const { dial, connect, server, refused } = rawWorkers({ isWorkerDead: () => isDead });
  const { link } = await connect();
  link.receiver!.onLost(new Error('cut'));
  isDead = true;
  const resumed = await dial({ resume: resumeTokenOf(link), received: 1 });
  assert.deepEqual(refusalOf(resumed), NOT_LET_IN);
  assert.deepEqual(refusalOf(await dial()), NOT_LET_IN);
  assert.deepEqual(
    refused.map(({ reason, workerId }) => [reason, workerId]),
    [
      ['dead-worker', 'w1'],
      ['dead-worker', 'w1'],
    ],
  );
  server.close();
});

test('a resume token needs no identity token, and is good until the session closes', async () => {
  let checks = 0;
  const { connect, dial } = rawWorkers({
    verifyToken: () => {
      checks++;
      return Promise.resolve(IDENTITY);
    },
  });
  const { link, session } = await connect();
  link.receiver!.onLost(new Error('cut'));
  assert.equal(session.state, 'suspended');
  const second = await dial({ resume: resumeTokenOf(link), received: 1, token: '' });
  assert.equal(second.handshake?.type, 'welcome');
  assert.equal(session.state, 'open');
  assert.equal(checks, 1);
  session.close('SESSION_CLOSED', 'done');
  assert.equal(refusalOf(await dial({ resume: resumeTokenOf(link) })).code, 'CHANNEL_RESUME_EXPIRED');
});

test('a resume takes over while the adapter still holds the old link', async () => {
  const { connect, dial } = rawWorkers();
  const { link, session } = await connect();
  await dial({ resume: resumeTokenOf(link), received: 1 });
  assert.ok(link.isOver);
  assert.equal(session.state, 'open');
  session.close('SESSION_CLOSED', 'done');
});

test('a guessed resume token, and one shown on another channel, are refused', async () => {
  const { connect, dial } = rawWorkers();
  const { link, session } = await connect();
  assert.equal(refusalOf(await dial({ resume: 'guess' })).code, 'CHANNEL_RESUME_EXPIRED');
  assert.equal(refusalOf(await dial({ resume: resumeTokenOf(link), channelId: 9 })).code, 'CHANNEL_IDENTITY');
  assert.equal(refusalOf(await dial({ resume: resumeTokenOf(link), secret: 'x' })).code, 'CHANNEL_IDENTITY');
  assert.equal(session.state, 'open');
  session.close('SESSION_CLOSED', 'done');
});

test('a session of an identity that its channel has no more goes on until its link is lost, and is not resumed', async () => {
  let poolIdentity = 'shop';
  const { connect, dial, server, closed } = rawWorkers({
    limits: { resumeLimitMs: 30 },
    channel: () => ({ secret: 'secret', pool: 'shop', poolIdentity }),
  });
  const { link, session } = await connect();
  assert.deepEqual(server.rekey('a1', 1), { revoked: 0, ended: 0 });
  poolIdentity = 'other';
  assert.deepEqual(server.rekey('a1', 2), { revoked: 0, ended: 0 });
  assert.deepEqual(server.rekey('a1', 1), { revoked: 1, ended: 0 });
  assert.deepEqual(server.rekey('a1', 1), { revoked: 0, ended: 0 });
  assert.equal(session.state, 'open');
  link.receiver!.onLost(new Error('cut'));
  assert.equal(refusalOf(await dial({ resume: resumeTokenOf(link), received: 1 })).code, 'CHANNEL_RESUME_EXPIRED');
  await until(() => closed.length === 1);
  assert.deepEqual(closed, ['LINK_LOST']);
});

test('a worker that connects anew ends its earlier session there', async () => {
  const { connect, closed, server } = rawWorkers();
  const { session } = await connect();
  const { handler, done } = collectAnswer();
  session.open(requestHead(), true, handler);
  const ended = assert.rejects(done, /LINK_LOST/);
  const second = await connect();
  await ended;
  assert.deepEqual(closed, ['LINK_LOST']);
  assert.deepEqual([...server.sessions()], [second.session]);
  server.close();
});

test('a session is told of only once its first ping was answered', async () => {
  const { dial, connected, server } = rawWorkers();
  const link = await dial();
  assert.equal(link.handshake?.type, 'welcome');
  assert.equal(connected.length, 0);
  assert.deepEqual([...server.sessions()], []);
  server.close();
  assert.ok(link.isOver);
});

test('a closed server refuses everything', async () => {
  const { dial, server } = rawWorkers();
  server.close();
  assert.equal(refusalOf(await dial()).code, 'CHANNEL_CLOSED');
});

test('a worker that speaks before its welcome is refused', async () => {
  const { server } = rawWorkers({ verifyToken: () => new Promise(() => {}) });
  const { dial } = rawWorkers({ verifyToken: () => new Promise(() => {}) });
  const link = await dial();
  link.giveFrames((writer) => writer.begin(1, 0, 0));
  assert.equal(refusalOf(link).code, 'CHANNEL_PROTOCOL');
  server.close();
});

test('limits that could not work are refused by name', () => {
  assert.deepEqual(resolveLimits(), DEFAULT_LIMITS);
  for (const limits of [{ resumeLimitMs: 0 }, { initialCredit: 1.5 }, { maxStreams: Number.NaN }, { maxFrameBytes: 2 ** 33 }]) {
    assert.throws(() => resolveLimits(limits), new RegExp(Object.keys(limits)[0]!));
  }
  assert.throws(() => resolveLimits({ maxFrameBytes: 10 }), /maxFrameBytes is 10/);
  assert.throws(() => resolveLimits({ maxBatchBytes: 1_048_577 }), /twice maxFrameBytes/);
});

test('the hello that tests use is one that is welcomed', async () => {
  const { dial } = rawWorkers();
  assert.equal((await dial(HELLO)).handshake?.type, 'welcome');
});
