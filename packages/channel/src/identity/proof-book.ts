import { createPublicKey, verify } from 'node:crypto';
import { type Proof, type ProofSubject, proofText } from './proof.ts';
import { Refusal } from './refusal.ts';

/** A proof counts for this long before and after the moment it names, ms: clocks of two nodes may differ, and an adapter may read late. */
export const PROOF_TOLERANCE_MS = 30_000;
/** Proofs of one token, or one session, in that time; more are refused. */
const MOST_PER_SUBJECT = 200;
/** Tokens and sessions remembered at once. */
const MOST_SUBJECTS = 50_000;

const NONCE = /^[A-Za-z0-9_-]{22,64}$/;

interface Page {
  readonly nonces: Set<string>;
  /** After that no proof written here could be accepted again. */
  expiresAtMs: number;
}

/**
 * Checks proofs, and accepts each of them once.
 *
 * - Only a proof that is good is remembered, so nobody without a key can fill the book; one worker fills its own page and no other.
 * - Times are by this process's clock, Unix ms.
 */
export class ProofBook {
  private readonly pages = new Map<string, Page>();

  /** Throws a Refusal: `no-proof`, `stale-proof`, `replayed`. `publicKey`: the `x` of the token's `cnf`. */
  check(publicKey: string, about: ProofSubject, given: Proof | undefined, now: number = Date.now()): void {
    if (!given) throw new Refusal('no-proof', 'the hello proves nothing, and the identity names a key');
    const { proof, nonce, time } = given;
    if (!NONCE.test(nonce)) throw new Refusal('malformed', 'the nonce of the hello is not one', 'CHANNEL_PROTOCOL');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    if (!verify(null, proofText(about, nonce, time), key, Buffer.from(proof, 'base64url'))) {
      throw new Refusal('replayed', 'the proof was not made with the key that the identity names: it is the identity of another process');
    }
    if (Math.abs(time - now) > PROOF_TOLERANCE_MS) {
      throw new Refusal('stale-proof', `the proof was made ${now - time} ms ago by this clock, ${PROOF_TOLERANCE_MS} ms are allowed`);
    }
    this.write(about.subject, nonce, now);
  }

  private write(subject: string, nonce: string, now: number): void {
    this.forget(now);
    let page = this.pages.get(subject);
    if (page?.nonces.has(nonce)) throw new Refusal('replayed', 'the same hello was shown before');
    if (page ? page.nonces.size >= MOST_PER_SUBJECT : this.pages.size >= MOST_SUBJECTS) {
      throw new Refusal('other', 'more proofs came in a minute than are remembered');
    }
    page ??= { nonces: new Set(), expiresAtMs: 0 };
    page.nonces.add(nonce);
    page.expiresAtMs = now + 2 * PROOF_TOLERANCE_MS;
    // Back to the end: pages lie in the order in which they expire.
    this.pages.delete(subject);
    this.pages.set(subject, page);
  }

  private forget(now: number): void {
    for (const [subject, page] of this.pages) {
      if (page.expiresAtMs >= now) return;
      this.pages.delete(subject);
    }
  }
}
