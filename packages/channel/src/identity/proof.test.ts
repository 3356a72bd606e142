import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProofKeys } from './keys.ts';
import { PROOF_TOLERANCE_MS, ProofBook } from './proof-book.ts';
import { signProof } from './sign-proof.ts';

const ABOUT = { adapterId: 'a1', channelId: 1, subject: 'token-1' };
const NOW = 1_790_000_000_000;
const MINE = createProofKeys();

test('a proof is accepted once, and the next one of the same worker too', () => {
  const book = new ProofBook();
  const proof = signProof(MINE.privateKey, ABOUT, NOW);
  book.check(MINE.publicKey, ABOUT, proof, NOW);
  assert.throws(() => book.check(MINE.publicKey, ABOUT, proof, NOW + 1), { reason: 'replayed' });
  assert.throws(() => book.check(MINE.publicKey, ABOUT, proof, NOW + PROOF_TOLERANCE_MS), { reason: 'replayed' });
  book.check(MINE.publicKey, ABOUT, signProof(MINE.privateKey, ABOUT, NOW), NOW);
});

test('a proof that was forgotten is too old to be accepted again, also when the clock of its worker is ahead', () => {
  const book = new ProofBook();
  const proof = signProof(MINE.privateKey, ABOUT, NOW + PROOF_TOLERANCE_MS);
  book.check(MINE.publicKey, ABOUT, proof, NOW);
  for (let at = NOW; at <= NOW + 3 * PROOF_TOLERANCE_MS; at += 500) {
    assert.throws(() => book.check(MINE.publicKey, ABOUT, proof, at), /shown before|ms ago/, `${at - NOW} ms later`);
  }
});

test('a proof is about one channel, one token, one nonce and one moment, and of one key', () => {
  const book = new ProofBook();
  const proof = signProof(MINE.privateKey, ABOUT, NOW);
  const check = (about: Partial<typeof ABOUT>, given: Partial<typeof proof>, key = MINE.publicKey) => {
    assert.throws(() => book.check(key, { ...ABOUT, ...about }, { ...proof, ...given }, NOW), { reason: 'replayed' });
  };
  check({ adapterId: 'a2' }, {});
  check({ channelId: 2 }, {});
  check({ subject: 'token-2' }, {});
  check({}, { nonce: 'A'.repeat(22) });
  check({}, { time: NOW + 1 });
  check({}, { proof: '' });
  check({}, { proof: 'A'.repeat(86) });
  check({}, {}, createProofKeys().publicKey);
  book.check(MINE.publicKey, ABOUT, proof, NOW);
});

test('a hello without a proof, with a wrong clock or with a nonce that is none is refused by that name', () => {
  const book = new ProofBook();
  const at = (time: number) => signProof(MINE.privateKey, ABOUT, time);
  assert.throws(() => book.check(MINE.publicKey, ABOUT, undefined, NOW), { reason: 'no-proof' });
  for (const time of [NOW - PROOF_TOLERANCE_MS - 1, NOW + PROOF_TOLERANCE_MS + 1]) {
    assert.throws(() => book.check(MINE.publicKey, ABOUT, at(time), NOW), { reason: 'stale-proof' });
  }
  for (const nonce of ['', 'x'.repeat(65), 'not base64 url at all!!']) {
    assert.throws(() => book.check(MINE.publicKey, ABOUT, { ...at(NOW), nonce }, NOW), { reason: 'malformed' });
  }
});

test('a worker that proves without end fills its own page only, and not for ever', () => {
  const book = new ProofBook();
  const shows = (subject: string, now: number) =>
    book.check(MINE.publicKey, { ...ABOUT, subject }, signProof(MINE.privateKey, { ...ABOUT, subject }, now), now);
  for (let n = 0; n < 200; n++) shows('busy', NOW);
  assert.throws(() => shows('busy', NOW), { reason: 'other' });
  shows('calm', NOW);
  shows('busy', NOW + 2 * PROOF_TOLERANCE_MS + 1);
});
