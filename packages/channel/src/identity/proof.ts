/**
 * Proof of possession (RFC 7800): a worker shows that a token, or a session, is its own by a signature with the private key whose public half its
 * token names. Whoever only read a token, or a whole hello, cannot make another one.
 */

/** The part of a hello that proves. */
export interface Proof {
  /** Ed25519 signature over `proofText`, base64url. */
  readonly proof: string;
  /** Random, used once: 16 bytes or more, base64url. */
  readonly nonce: string;
  /** When it was signed, Unix ms. */
  readonly time: number;
}

/** What a proof is about: the `jti` of the token at the first connect, the resume token at a resume. */
export interface ProofSubject {
  readonly adapterId: string;
  readonly channelId: number;
  readonly subject: string;
}

/** The bytes that are signed. No part holds a NUL: the channel is a known one, WAS or the adapter made the subject, and a nonce is base64url. */
export function proofText({ adapterId, channelId, subject }: ProofSubject, nonce: string, time: number): Buffer {
  return Buffer.from(`baton-hello\0${adapterId}/${channelId}\0${subject}\0${nonce}\0${time}`, 'utf8');
}
