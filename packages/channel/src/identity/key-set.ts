import { BatonError } from '@baton/core';
import type { CryptoKey, JSONWebKeySet, JWK } from 'jose';

/** Keys read from one set at most: WAS keeps the current one and a few before it. */
const MOST_KEYS = 64;

/** The keys whose signatures on identities are good, by `kid`. A key without one is good for tokens without. */
export class KeySet {
  private readonly keys: ReadonlyMap<string, JWK | CryptoKey>;
  private readonly imported = new Map<string, Promise<CryptoKey>>();

  private constructor(keys: ReadonlyMap<string, JWK | CryptoKey>) {
    this.keys = keys;
  }

  /** Reads a JWK set (RFC 7517 section 5), parsed or as JSON. Throws INVALID_ARGUMENT when it is none. */
  static of(set: JSONWebKeySet | string): KeySet {
    const { keys } = typeof set === 'string' ? parse(set) : set;
    if (!Array.isArray(keys) || keys.length > MOST_KEYS) throw wrong(`an object with up to ${MOST_KEYS} "keys"`);
    const byKid = new Map<string, JWK>();
    for (const key of keys) {
      // Keys of kinds that a later release adds are no use here and no fault (RFC 7517 section 5).
      if (typeof key === 'object' && key !== null && key.kty === 'OKP' && key.crv === 'Ed25519') byKid.set(key.kid ?? '', key);
    }
    return new KeySet(byKid);
  }

  /** A set of one key. */
  static ofOne(key: JWK | CryptoKey): KeySet {
    return new KeySet(new Map([['kty' in key ? ((key as JWK).kid ?? '') : '', key]]));
  }

  get size(): number {
    return this.keys.size;
  }

  /** The key that signed a token with this `kid`; undefined: it is not among the good ones. */
  find(kid: string | undefined): Promise<CryptoKey> | undefined {
    const name = kid ?? '';
    const key = this.keys.get(name);
    if (!key) return undefined;
    let imported = this.imported.get(name);
    if (!imported) {
      imported = importKey(key);
      this.imported.set(name, imported);
    }
    return imported;
  }
}

async function importKey(key: JWK | CryptoKey): Promise<CryptoKey> {
  if (!('kty' in key)) return key as CryptoKey;
  const { importJWK } = await import('jose');
  // Of a private key only its public half.
  const { kty, crv, x } = key as JWK;
  return (await importJWK({ kty, crv, x } as JWK, 'EdDSA')) as CryptoKey;
}

function parse(json: string): JSONWebKeySet {
  try {
    return JSON.parse(json) as JSONWebKeySet;
  } catch (error) {
    throw wrong('JSON', error);
  }
}

function wrong(expected: string, cause?: unknown): BatonError {
  return new BatonError('INVALID_ARGUMENT', `a JWK set is ${expected}; this one is not`, { cause });
}
