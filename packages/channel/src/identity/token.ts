import { randomUUID } from 'node:crypto';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import type { WorkerIdentity } from '../types.ts';
import { KeySet } from './key-set.ts';
import { Refusal, type RefusalReason } from './refusal.ts';

const ALGORITHM = 'EdDSA';
const ISSUER = 'baton-was';
const AUDIENCE = 'baton-channel';
/** Clocks of two nodes may differ by this much. */
const CLOCK_TOLERANCE_S = 5;
const MOST_ID_LENGTH = 128;
/** 32 bytes in base64url. */
const ED25519_X = /^[A-Za-z0-9_-]{43}$/;

export interface SigningOptions {
  /** Names the key. @default `kid` of the JWK; none for a CryptoKey */
  readonly kid?: string;
  /** Public half of the key that the worker proves its hellos with (see `createProofKeys`). @default none: only a test's adapter lets it in */
  readonly proofKey?: string;
}

/** Who showed a token, and by what it proves that the token is its own. */
export interface VerifiedIdentity extends WorkerIdentity {
  /** Undefined: the token names no key. */
  readonly confirmation?: { readonly jti: string; readonly publicKey: string };
}

/**
 * Signs who a worker process is: a JWT (EdDSA, Ed25519) that an adapter checks when the worker first connects.
 * It has an id of its own (`jti`) and names the worker's key (`cnf`, RFC 7800). `ttlMs` is rounded up to whole seconds, JWT's unit.
 */
export async function signIdentity(
  privateKey: CryptoKey | JWK,
  identity: WorkerIdentity,
  ttlMs: number,
  options: SigningOptions = {},
): Promise<string> {
  const { SignJWT } = await import('jose');
  const { workerId, poolIdentity, pool, slot, generation, channels, role } = identity;
  const { proofKey, kid = 'kty' in privateKey ? (privateKey as JWK).kid : undefined } = options;
  const cnf = proofKey === undefined ? {} : { cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: proofKey } } };
  return new SignJWT({ poolIdentity, pool, slot, generation, channels: [...channels], role, ...cnf })
    .setProtectedHeader({ alg: ALGORITHM, ...(kid !== undefined && { kid }) })
    .setSubject(workerId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setJti(randomUUID())
    .setIssuedAt()
    .setNotBefore(Math.floor(Date.now() / 1000))
    .setExpirationTime(Math.ceil(Date.now() / 1000 + ttlMs / 1000))
    .sign(privateKey);
}

/** Checks signature, issuer, audience and time, and returns the identity. Throws a Refusal (CHANNEL_IDENTITY). `keys`: what WAS gave in ConfigManagerConnected. */
export async function verifyIdentity(keys: KeySet | CryptoKey | JWK, token: string): Promise<VerifiedIdentity> {
  const { jwtVerify } = await import('jose');
  const set = keys instanceof KeySet ? keys : KeySet.ofOne(keys);
  let claims: JWTPayload;
  try {
    ({ payload: claims } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = set.find(kid);
        if (!key) throw new Refusal('unknown-key', 'the identity is signed with a key that is not among the good ones');
        return key;
      },
      { algorithms: [ALGORITHM], issuer: ISSUER, audience: AUDIENCE, clockTolerance: CLOCK_TOLERANCE_S, requiredClaims: ['exp', 'sub'] },
    ));
  } catch (error) {
    throw refusalOf(error);
  }
  return identityOf(claims);
}

function identityOf(claims: JWTPayload): VerifiedIdentity {
  const { sub, poolIdentity, pool, slot, generation, channels, role } = claims;
  if (
    typeof sub !== 'string' ||
    typeof poolIdentity !== 'string' ||
    typeof pool !== 'string' ||
    typeof slot !== 'string' ||
    typeof generation !== 'number' ||
    !Array.isArray(channels) ||
    !channels.every((channel) => typeof channel === 'string') ||
    !isRole(role)
  ) {
    throw new Refusal('malformed', 'the identity lacks a claim');
  }
  const identity = { workerId: sub, poolIdentity, pool, slot, generation, channels, role };
  return claims.cnf === undefined ? identity : { ...identity, confirmation: confirmationOf(claims) };
}

function confirmationOf({ jti, cnf }: JWTPayload): { jti: string; publicKey: string } {
  const { kty, crv, x } = ((cnf as { jwk?: JWK } | null)?.jwk ?? {}) as JWK;
  if (typeof jti !== 'string' || jti === '' || jti.length > MOST_ID_LENGTH) throw new Refusal('malformed', 'the identity has no id');
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || !ED25519_X.test(x)) {
    throw new Refusal('malformed', 'the key that the identity names is not an Ed25519 one');
  }
  return { jti, publicKey: x };
}

/** Only jose's code and the name of the claim are used: its messages might quote. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { code, claim, reason: check } = error as { code?: string; claim?: string; reason?: string };
  if (code === 'ERR_JWT_EXPIRED') return new Refusal('expired', 'the identity has expired');
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') {
    if (claim === 'nbf' && check === 'check_failed') return new Refusal('not-yet-valid', 'the identity is not valid yet');
    return new Refusal('malformed', `the claim "${claim}" of the identity is not as it must be`);
  }
  const reason: RefusalReason =
    code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' || code === 'ERR_JOSE_ALG_NOT_ALLOWED' ? 'tampered' : 'malformed';
  return new Refusal(reason, reason === 'tampered' ? 'the signature of the identity is not right' : 'the identity is no signed token');
}

function isRole(value: unknown): value is WorkerIdentity['role'] {
  return value === 'activation' || (typeof value === 'string' && value.startsWith('replacement:'));
}
