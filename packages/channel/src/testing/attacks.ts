import { createHmac, createPublicKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { type Hello, helloMessage } from '../codec/handshake.ts';
import { createIdentityKeys, type ProofKeys } from '../identity/keys.ts';
import { PROOF_TOLERANCE_MS } from '../identity/proof-book.ts';
import type { RefusalReason } from '../identity/refusal.ts';
import { signIdentity } from '../identity/token.ts';
import { type AclStage, identityOf, type Member } from './acl-stage.ts';

/** What somebody without a right tries, who has read all of the network and knows every secret but the private keys of others. */
export interface Attack {
  readonly title: string;
  readonly reason: RefusalReason;
  /** His first packet. */
  first(s: AclStage, who: Cast): Promise<Hello | Buffer> | Hello | Buffer;
  /** Puts right again what `first` changed. */
  after?(s: AclStage): void;
}

/** Who is connected while he tries. */
export interface Cast {
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

/** Everything he tries, and the reason for which he is refused. */
export const ATTACKS: readonly Attack[] = [
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

/** The token with which the session of a member is resumed, as it went over the network. */
function resumeTokenOf({ recorder }: Member): string {
  return /"resume":"([A-Za-z0-9_-]{32})"/.exec(recorder.down.toString('latin1'))![1]!;
}
