import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';

/** A key with which WAS signs worker identities. */
export interface IdentityKeys {
  /** Names the key in tokens and in the set that adapters get: its thumbprint (RFC 7638). */
  readonly kid: string;
  readonly privateJwk: JWK;
  /** For the JWK set; holds `kid`, `alg` and `use`. */
  readonly publicJwk: JWK;
}

/** Makes a key pair for signing identities (Ed25519). */
export async function createIdentityKeys(): Promise<IdentityKeys> {
  const { calculateJwkThumbprint } = await import('jose');
  const { privateKey } = generateKeyPairSync('ed25519');
  const { kty, crv, x, d } = privateKey.export({ format: 'jwk' }) as Required<Pick<JWK, 'kty' | 'crv' | 'x' | 'd'>>;
  const kid = await calculateJwkThumbprint({ kty, crv, x });
  const publicJwk = { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' };
  return { kid, privateJwk: { ...publicJwk, d }, publicJwk };
}

/** The key of one worker process: `publicKey` goes into its identity (`cnf`), `privateKey` to the process and nowhere else. */
export interface ProofKeys {
  /** 32 bytes, base64url. */
  readonly privateKey: string;
  /** 32 bytes, base64url: `x` of the JWK. */
  readonly publicKey: string;
}

/** Makes the key of a worker process (Ed25519, 50 µs). */
export function createProofKeys(): ProofKeys {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { privateKey: d!, publicKey: x! };
}
