import { BatonError } from '@baton/core';
import type { CryptoKey, JWK } from 'jose';
import type { WorkerIdentity } from '../types.ts';

const ALGORITHM = 'EdDSA';
const ISSUER = 'baton-was';
const AUDIENCE = 'baton-channel';
/** Clocks of two nodes may differ by this much. */
const CLOCK_TOLERANCE_S = 5;

/**
 * Signs who a worker process is: a JWT (EdDSA, Ed25519) that an adapter checks when the worker first connects.
 * `ttlMs` is rounded up to whole seconds, JWT's unit.
 */
export async function signIdentity(privateKey: CryptoKey | JWK, identity: WorkerIdentity, ttlMs: number): Promise<string> {
  const { SignJWT } = await import('jose');
  const { workerId, poolIdentity, pool, slot, generation, channels, role } = identity;
  return new SignJWT({ poolIdentity, pool, slot, generation, channels: [...channels], role })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(workerId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(Math.ceil(Date.now() / 1000 + ttlMs / 1000))
    .sign(privateKey);
}

/** Checks signature, issuer, audience and time, and returns the identity. Throws CHANNEL_IDENTITY. `publicKey` is the JWK that WAS gave in ConfigManagerConnected. */
export async function verifyIdentity(publicKey: CryptoKey | JWK, token: string): Promise<WorkerIdentity> {
  const { jwtVerify, importJWK } = await import('jose');
  let claims: Record<string, unknown>;
  try {
    const key = 'kty' in publicKey ? await importJWK(publicKey as JWK, ALGORITHM) : publicKey;
    ({ payload: claims } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['exp', 'sub'],
    }));
  } catch (error) {
    throw BatonError.from(error, 'CHANNEL_IDENTITY', 'the worker identity is not valid');
  }
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
    throw new BatonError('CHANNEL_IDENTITY', 'the worker identity lacks a claim');
  }
  return { workerId: sub, poolIdentity, pool, slot, generation, channels, role };
}

function isRole(value: unknown): value is WorkerIdentity['role'] {
  return value === 'activation' || (typeof value === 'string' && value.startsWith('replacement:'));
}
