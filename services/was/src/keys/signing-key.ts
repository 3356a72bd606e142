import { createIdentityKeys } from '@baton/channel';
import type { StoredKey } from '@baton/store';
import { type CryptoKey, importJWK } from 'jose';

/** A key of this leader: what is told of it, and what signs. */
export interface SigningKey {
  readonly facts: StoredKey;
  /** Never leaves the process. */
  readonly privateKey: CryptoKey;
}

/** Makes an Ed25519 key that signs worker identities from `signsFromMs` on, Unix time. */
export async function createSigningKey(now: number, signsFromMs: number): Promise<SigningKey> {
  const { kid, privateJwk, publicJwk } = await createIdentityKeys();
  const facts = { kid, publicJwk: JSON.stringify(publicJwk), createdAtMs: now, signsFromMs };
  return { facts, privateKey: (await importJWK(privateJwk, 'EdDSA')) as CryptoKey };
}
