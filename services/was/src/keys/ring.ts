import type { StoredKey } from '@baton/store';

/**
 * The keys whose signatures are good: one that signs, at most one that will, and former ones for as long as a token that they signed can live.
 * Decisions only; the private halves are with KeyRing.
 */

/** What a key is for at a time. */
export type KeyState = 'next' | 'current' | 'previous';

/** Where a key stands; `signing`: the id of the one that signs. */
export function stateOf({ kid, goodUntilMs }: StoredKey, signing: string): KeyState {
  if (goodUntilMs !== undefined) return 'previous';
  return kid === signing ? 'current' : 'next';
}

/** Keys that another leader signed with: they sign no more, and check until the last of their tokens has expired. */
export function retireAll(keys: readonly StoredKey[], now: number, tokenLifeMs: number): StoredKey[] {
  return keys.map((key) => (key.goodUntilMs === undefined ? retire(key, now, tokenLifeMs) : key));
}

/** `tokenLifeMs` and a while more, for the adapters' clocks. */
export function retire(key: StoredKey, now: number, tokenLifeMs: number): StoredKey {
  return { ...key, goodUntilMs: now + tokenLifeMs + CLOCKS_MS };
}

/** Without those whose last token has expired. */
export function dropExpired(keys: readonly StoredKey[], now: number): StoredKey[] {
  return keys.filter(({ goodUntilMs = Number.POSITIVE_INFINITY }) => goodUntilMs > now);
}

/** JWK set (RFC 7517) of the public halves. */
export function jwkSet(keys: readonly StoredKey[]): string {
  return JSON.stringify({ keys: keys.map(({ publicJwk }) => JSON.parse(publicJwk) as unknown) });
}

/** Tokens are checked with a tolerance of 5 s, and JWT counts whole seconds. */
const CLOCKS_MS = 10_000;
