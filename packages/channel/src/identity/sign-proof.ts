import type { KeyObject } from 'node:crypto';
import { type Proof, type ProofSubject, proofText } from './proof.ts';

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 section 7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

const NONCE_BYTES = 16;

/** Signs that a hello comes from the process that `seed` (32 bytes, base64url) was given to. */
export function signProof(seed: string, about: ProofSubject, time: number = Date.now()): Proof {
  // Loaded when needed. The first signature of a process costs 2 ms of CPU (Node 24, 25 pairs): a start is spared it, its host makes the first proof.
  const { randomBytes, sign } = process.getBuiltinModule('node:crypto');
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  return { proof: sign(null, proofText(about, nonce, time), privateKey(seed)).toString('base64url'), nonce, time };
}

/** The id of a token, by which its proofs are made; '' when it has none. */
export function tokenId(token: string): string {
  try {
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { jti?: unknown };
    return typeof jti === 'string' ? jti : '';
  } catch {
    return '';
  }
}

function privateKey(seed: string): KeyObject {
  const key = Buffer.concat([PKCS8_ED25519, Buffer.from(seed, 'base64url')]);
  return process.getBuiltinModule('node:crypto').createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
