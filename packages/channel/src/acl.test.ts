import assert from 'node:assert/strict';
import { createHmac, createPublicKey } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { until } from '@baton/core';
import { SignJWT } from 'jose';
import { type Hello, helloMessage, readHandshake } from './codec/handshake.ts';
import { KeySet } from './identity/key-set.ts';
import { createIdentityKeys, createProofKeys, type ProofKeys } from './identity/keys.ts';
import { PROOF_TOLERANCE_MS } from './identity/proof-book.ts';
import type { RefusalReason } from './identity/refusal.ts';
import { signIdentity } from './identity/token.ts';
import { AclStage, type Attempt, identityOf, type Kind, MARKER, type Member } from './testing/acl-stage.ts';

/** What somebody without a right tries, who has read all of the network and knows every secret but the private keys of others. */
interface Attack {
  readonly title: string;
  readonly reason: RefusalReason;
  /** His first packet. */
  first(s: AclStage, who: Cast): Promise<Hello | Buffer> | Hello | Buffer;
  /** Puts right again what `first` changed. */
  after?(s: AclStage): void;
}

/** Who is connected while he tries. */
interface Cast {
  readonly victim: Member;
  readonly overGrpc: Member;
  /** His own worker, of another pool, with a right to that pool's channel. */
  readonly own: Member;
  /** His key. */
  readonly keys: ProofKeys;
}

const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that WAS signed, with what is given instead of what it should be; proved with the attacker's key. */
const signed =
  (given: Partial<ReturnType<typeof identityOf>>, ttlMs = 60_000) =>
  async (s: AclStage, { keys }: Cast): Promise<Hello> => {
    const identity = { ...identityOf('w-own', 'shop', 1), ...given };
    return s.hello({ token: await signIdentity(s.signing.privateJwk, identity, ttlMs, { proofKey: keys.publicKey }), provedBy: keys });
  };

/** The victim's token with another header, other claims or another signature. */
const forged =
  (change: { header?: object; claims?: object; sign?: (signingInput: string, s: AclStage) => string }) =>
  (s: AclStage, { victim, keys }: Cast): Promise<Hello> => {
    const [header, claims, signature] = victim.token.split('.') as [string, string, string];
    const read = (part: string): object => JSON.parse(Buffer.from(part, 'base64url').toString());
    const input = `${json({ ...read(header), ...change.header })}.${json({ ...read(claims), ...change.claims })}`;
    return s.hello({ token: `${input}.${change.sign?.(input, s) ?? signature}`, provedBy: keys });
  };

const cnf = (x: string) => ({ jwk: { kty: 'OKP', crv: 'Ed25519', x } });

const ATTACKS: readonly Attack[] = [
  { title: 'the identity of another pool', reason: 'wrong-pool', first: signed({ pool: 'billing', poolIdentity: 'billing' }) },
  { title: 'the pool with the identity of another', reason: 'wrong-identity', first: signed({ poolIdentity: 'billing' }) },
  { title: 'an identity that names another channel', reason: 'channel-not-named', first: signed({ channels: ['a1/2', 'a2/1'] }) },
  { title: 'an identity that has expired', reason: 'expired', first: signed({}, -60_000) },
  {
    title: 'an identity that is not valid yet',
    reason: 'not-yet-valid',
    first: async (s, { keys }) => {
      const { workerId, ...claims } = identityOf('w-own', 'shop', 1);
      const inAnHour = Math.floor(Date.now() / 1000) + 3_600;
      const token = await new SignJWT({ ...claims, cnf: cnf(keys.publicKey) })
        .setProtectedHeader({ alg: 'EdDSA', kid: s.signing.kid })
        .setSubject(workerId)
        .setIssuer('baton-was')
        .setAudience('baton-channel')
        .setJti('soon')
        .setNotBefore(inAnHour)
        .setExpirationTime(inAnHour + 60)
        .sign(s.signing.privateJwk);
      return s.hello({ token, provedBy: keys });
    },
  },
  { title: "another worker's identity, without proof", reason: 'no-proof', first: (s, { victim }) => s.hello({ token: victim.token }) },
  {
    title: "another worker's identity, proved with a key of his own",
    reason: 'replayed',
    first: (s, { victim, keys }) => s.hello({ token: victim.token, provedBy: keys }),
  },
  {
    title: "another worker's identity with the proof of his own worker",
    reason: 'replayed',
    first: (s, { victim, own }) => {
      const { proof, nonce, time } = s.helloOf(own) as Required<Hello>;
      return s.hello({ token: victim.token, proof, nonce, time });
    },
  },
  { title: 'a hello that he read on the network, sent again', reason: 'replayed', first: (s, { victim }) => s.helloOf(victim) },
  {
    title: 'a hello that he read, as of now',
    reason: 'replayed',
    first: (s, { victim }) => ({ ...s.helloOf(victim), nonce: 'A'.repeat(22), time: Date.now() }),
  },
  {
    title: 'a hello for his own channel with the other channel put in',
    reason: 'wrong-pool',
    first: (s, { own }) => ({ ...s.helloOf(own), channelId: 1, secret: s.channels.get(1)!.secret }),
  },
  {
    title: 'a proof made before the time that counts',
    reason: 'stale-proof',
    first: (s, { victim }) => s.hello({ token: victim.token, provedBy: victim.keys, at: Date.now() - PROOF_TOLERANCE_MS - 1_000 }),
  },
  {
    title: 'claims changed to another worker and his key',
    reason: 'tampered',
    first: (s, who) => forged({ claims: { sub: 'w-own', cnf: cnf(who.keys.publicKey) } })(s, who),
  },
  {
    title: 'a changed signature',
    reason: 'tampered',
    first: forged({ sign: (_input, s) => Buffer.alloc(64, s.answered).toString('base64url') }),
  },
  { title: 'no signature, and alg "none"', reason: 'tampered', first: forged({ header: { alg: 'none' }, sign: () => '' }) },
  {
    title: 'HS256 with the public key as its secret',
    reason: 'tampered',
    first: forged({
      header: { alg: 'HS256' },
      sign: (input, s) => {
        const pem = createPublicKey({ key: s.signing.publicJwk as never, format: 'jwk' }).export({ format: 'pem', type: 'spki' });
        return createHmac('sha256', pem).update(input).digest('base64url');
      },
    }),
  },
  {
    title: 'an identity that he signed himself',
    reason: 'unknown-key',
    first: async (s, { keys }) => {
      const mine = await createIdentityKeys();
      const options = { proofKey: keys.publicKey };
      return s.hello({ token: await signIdentity(mine.privateJwk, identityOf('w-own', 'shop', 1), 60_000, options), provedBy: keys });
    },
  },
  {
    title: "an identity that he signed himself in the name of WAS's key",
    reason: 'tampered',
    first: async (s, { keys }) => {
      const mine = await createIdentityKeys();
      const options = { proofKey: keys.publicKey, kid: s.signing.kid };
      return s.hello({ token: await signIdentity(mine.privateJwk, identityOf('w-own', 'shop', 1), 60_000, options), provedBy: keys });
    },
  },
  {
    title: 'an identity that brings the key to check it with',
    reason: 'unknown-key',
    first: async (s, { keys }) => {
      const mine = await createIdentityKeys();
      const { workerId, ...claims } = identityOf('w-own', 'shop', 1);
      const token = await new SignJWT({ ...claims, cnf: cnf(keys.publicKey) })
        .setProtectedHeader({ alg: 'EdDSA', jwk: mine.publicJwk, kid: 'mine' })
        .setSubject(workerId)
        .setIssuer('baton-was')
        .setAudience('baton-channel')
        .setJti('mine')
        .setExpirationTime('1m')
        .sign(mine.privateJwk);
      return s.hello({ token, provedBy: keys });
    },
  },
  {
    title: 'an identity that names no key at all',
    reason: 'no-proof',
    first: async (s) => s.hello({ token: await signIdentity(s.signing.privateJwk, identityOf('w-own', 'shop', 1), 60_000) }),
  },
  {
    title: 'a channel that is closed',
    reason: 'closed-channel',
    first: (s, { keys }) => {
      s.channels.delete(3);
      return s.hello({ channelId: 3, secret: 'secret-of-channel-3', token: '', provedBy: keys });
    },
  },
  {
    title: 'a channel with a guessed secret',
    reason: 'wrong-secret',
    first: (s, { victim }) => ({ ...s.helloOf(victim), secret: 'a-guess' }),
  },
  {
    title: 'the identity of a worker that is dead, with its key',
    reason: 'dead-worker',
    first: async (s, who) => {
      s.dead.add('w-dead');
      return signed({ workerId: 'w-dead' })(s, who);
    },
  },
  {
    title: 'a guessed resume token',
    reason: 'unknown-session',
    first: (s, { keys }) => s.hello({ resume: 'A'.repeat(32), provedBy: keys }),
  },
  {
    title: "the resume token of his own worker, on the other's channel",
    reason: 'unknown-session',
    first: (s, { own }) => s.hello({ resume: resumeTokenOf(own), provedBy: own.keys }),
  },
  {
    title: 'a resume token that he read on the network, without proof',
    reason: 'no-proof',
    first: (s, { victim }) => s.hello({ resume: resumeTokenOf(victim) }),
  },
  {
    title: 'a resume token that he read on the network, proved with his own key',
    reason: 'replayed',
    first: (s, { victim, own }) => s.hello({ resume: resumeTokenOf(victim), provedBy: own.keys }),
  },
  { title: 'a hello larger than one may be', reason: 'malformed', first: (s) => s.hello({ token: 'x'.repeat(70_000) }).then(helloMessage) },
  { title: 'a message of a gigabyte', reason: 'malformed', first: () => Buffer.from([0, 0x40, 0, 0, 0, 0x0a]) },
  {
    title: 'a hello that is cut off in its middle',
    reason: 'malformed',
    first: async (s, { victim }) => {
      const whole = helloMessage(await s.hello({ token: victim.token }));
      whole[whole.length - 1] = 0x20;
      return whole;
    },
  },
  {
    title: 'an open frame in place of a hello',
    reason: 'malformed',
    first: async (s) => {
      const whole = helloMessage(await s.hello({}));
      whole[whole.indexOf('{"adapterId"') - 2 - 5] = 16;
      return whole;
    },
  },
  {
    title: 'a version that is none',
    reason: 'version',
    first: (s, { victim }) => ({ ...s.helloOf(victim), versions: { min: 200, max: 255 } }),
  },
];

function resumeTokenOf({ recorder }: Member): string {
  return /"resume":"([A-Za-z0-9_-]{32})"/.exec(recorder.down.toString('latin1'))![1]!;
}

/** Nothing of the other pool is in what he got, and nothing that says what was wrong. */
function assertNothing({ bytes, batches }: Attempt, reason: RefusalReason): void {
  assert.ok(!bytes.includes(MARKER), 'a byte of the other pool came');
  assert.ok(!bytes.toString('latin1').includes('shop'), 'the other pool is named');
  // A peer whose bytes are no message gets no answer over gRPC: the call was ended by grpc-js.
  for (const batch of batches) {
    const answer = readHandshake(batch);
    assert.ok(answer.type === 'refuse', answer.type);
    if (reason === 'malformed' || reason === 'version' || reason === 'unknown-session') continue;
    assert.deepEqual(
      [answer.refuse.code, answer.refuse.message],
      ['CHANNEL_IDENTITY', 'this worker is not let in; the log of the adapter says why'],
    );
  }
  assert.ok(batches.length <= 1, `${batches.length} batches came`);
}

/** The log names the reason and none of what must stay secret. */
function assertLogged(s: AclStage, from: number, reason: RefusalReason, first: Hello | Buffer, who: Cast): void {
  const lines = s.lines.slice(from).map((line) => JSON.parse(line) as { reason?: string; msg: string; level: string });
  assert.ok(
    lines.some((line) => line.reason === reason && line.level === 'warn'),
    `no line says "${reason}": ${s.lines.slice(from).join('')}`,
  );
  const secrets = [who.victim, who.overGrpc, who.own].flatMap((member) => [member.token, member.keys.privateKey, s.helloOf(member).proof!]);
  const hello = Buffer.isBuffer(first) ? undefined : first;
  for (const part of [
    ...secrets,
    ...[...s.channels.values()].map(({ secret }) => secret),
    hello?.secret,
    hello?.token,
    hello?.proof,
    hello?.nonce,
    hello?.resume,
  ]) {
    if (part) assert.ok(!s.lines.some((line) => line.includes(part)), `the log holds ${part.slice(0, 12)}…`);
  }
}

describe('a worker with the wrong identity gets no byte of another pool', () => {
  let stage: AclStage;
  let cast: Cast;

  before(async () => {
    stage = await AclStage.open();
    const [victim, overGrpc] = [await stage.join('w-lane', 'shop', 1, 'lane'), await stage.join('w-grpc', 'shop', 1, 'grpc')];
    cast = { victim, overGrpc, own: await stage.join('w-own', 'billing', 2, 'lane'), keys: createProofKeys() };
    stage.busy(victim);
    stage.busy(overGrpc);
    await stage.traffic(10);
  });

  after(() => stage[Symbol.asyncDispose]());

  for (const kind of ['lane', 'grpc'] as const) {
    for (const { title, reason, first: make } of ATTACKS) {
      test(`with ${title}, over ${kind}`, async (t) => {
        const first = await make(stage, cast);
        const [counted, from] = [stage.refusals.counts.get(reason) ?? 0, stage.lines.length];
        const attempt = await stage.dial(kind, first);
        assertNothing(attempt, reason);
        // Over gRPC a message too large for its receiver never comes through to the channel.
        const isCounted = () => stage.refusals.counts.get(reason) === counted + 1;
        if (kind === 'grpc' && title === 'a message of a gigabyte') return t.diagnostic('grpc-js refuses it');
        await until(isCounted, 5_000, `a refusal counted as ${reason}: ${JSON.stringify([...stage.refusals.counts])}`, 2);
        assertLogged(stage, from, reason, first, cast);
        await stage.traffic(5);
      });
    }
  }

  test('his own worker had its channel all the time, and nothing of the other', () => {
    assert.equal(cast.own.session.state, 'open');
    assert.ok(!cast.own.recorder.down.includes(MARKER));
    assert.ok(cast.victim.recorder.down.includes(MARKER), 'the marker is on the network of those who may read it');
    assert.equal(cast.victim.session.state, 'open');
    assert.equal(cast.overGrpc.session.state, 'open');
  });
});

describe('keys of WAS that change', () => {
  test('drop no session: links that are cut resume, a token of the retired key is refused, one of the new key let in', async () => {
    await using s = await AclStage.open();
    const old = await s.join('w-old', 'shop', 1, 'lane');
    s.busy(old);
    await s.traffic(5);
    const [retired, next] = [s.signing, await createIdentityKeys()];
    const shows = async (by: typeof next): Promise<[Hello, ProofKeys]> => {
      const keys = createProofKeys();
      return [
        await s.hello({
          token: await signIdentity(by.privateJwk, identityOf('w-x', 'shop', 1), 60_000, { proofKey: keys.publicKey }),
          provedBy: keys,
        }),
        keys,
      ];
    };
    s.goodKeys = KeySet.of(JSON.stringify({ keys: [next.publicJwk, retired.publicJwk] }));
    s.signing = next;
    await s.join('w-new', 'shop', 1, 'grpc');
    s.goodKeys = KeySet.of(JSON.stringify({ keys: [next.publicJwk] }));
    for (let n = 0; n < 3; n++) {
      old.recorder.cut();
      await s.traffic(5);
    }
    assert.equal(old.session.state, 'open');
    assert.equal(s.refusals.counts.size, 0, 'a resume was refused');
    const [hello] = await shows(retired);
    assertNothing(await s.dial('lane', hello), 'unknown-key');
    assert.equal(s.refusals.counts.get('unknown-key'), 1);
    await s.traffic(5);
  });
});

describe('a resume that was read on the network', () => {
  for (const kind of ['lane', 'grpc'] as Kind[]) {
    test(`takes no session over when it is sent again, over ${kind}`, async () => {
      await using s = await AclStage.open();
      const victim = await s.join('w-1', 'shop', 1, 'lane');
      s.busy(victim);
      await s.traffic(5);
      victim.recorder.forget();
      victim.recorder.cut();
      await s.traffic(5);
      const resumed = s.helloOf(victim);
      assert.notEqual(resumed.resume, '');
      assert.ok(resumed.proof);
      assertNothing(await s.dial(kind, resumed), 'replayed');
      assert.equal(s.refusals.counts.get('replayed'), 1);
      await s.traffic(5);
    });
  }
});

describe('a pool identity that changes under live sessions', () => {
  test('leaves who is connected to serve until its link ends, ends who has none, and lets in nobody of the old one', async () => {
    await using s = await AclStage.open();
    const [serving, cut] = [await s.join('w-serving', 'shop', 1, 'lane'), await s.join('w-cut', 'shop', 1, 'grpc')];
    s.busy(serving);
    await s.traffic(5);
    // One that comes back at once would be no test: its way is gone for good.
    await cut.recorder[Symbol.asyncDispose]();
    await until(() => cut.session.state === 'suspended', 5_000, 'the loss of the link', 2);
    s.channels.set(1, { ...s.channels.get(1)!, poolIdentity: 'shop-2' });
    assert.deepEqual(s.server.rekey('a1', 1), { revoked: 1, ended: 1 });
    assert.equal(cut.session.state, 'closed');
    await s.traffic(10);
    const keys = createProofKeys();
    const show = async (poolIdentity: string): Promise<Attempt> => {
      const identity = { ...identityOf('w-next', 'shop', 1), poolIdentity };
      const token = await signIdentity(s.signing.privateJwk, identity, 60_000, { proofKey: keys.publicKey });
      return s.dial('lane', await s.hello({ token, provedBy: keys }));
    };
    assertNothing(await show('shop'), 'wrong-identity');
    assert.equal(s.refusals.counts.get('wrong-identity'), 1);
    s.isOver = true;
    serving.recorder.cut();
    await until(() => s.refusals.counts.get('unknown-session') === 1, 5_000, 'the refused resume', 2);
    await until(() => serving.worker.state === 'closed', 5_000, 'the end at the worker', 2);
  });
});
