import { signIdentity, type WorkerIdentity } from '@baton/channel';
import { exportJWK, generateKeyPair } from 'jose';
import type { SignIdentity } from './jobs/order-book.ts';

/** The key with which one leader signs worker identities. */
export interface IdentityKey {
  /** Public half as JSON; adapters get it with ConfigManagerConnected. */
  readonly publicJwk: string;
  readonly sign: SignIdentity;
}

const NOBODY: WorkerIdentity = { workerId: '', poolIdentity: '', pool: '', slot: '', generation: 0, channels: [], role: 'activation' };

/** Makes an Ed25519 key pair; the private half never leaves the process. `lifeMs`: how long what it signs is good. */
export async function createIdentityKey(lifeMs: number): Promise<IdentityKey> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  // The first signature loads and compiles what the later ones need; no activation should wait for that.
  await signIdentity(privateKey, NOBODY, lifeMs);
  return {
    publicJwk: JSON.stringify(await exportJWK(publicKey)),
    sign: ({ record: { id, pool, slot, generation, role } }, poolIdentity, channels) =>
      signIdentity(
        privateKey,
        { workerId: id, poolIdentity, pool, slot, generation, channels, role: role as WorkerIdentity['role'] },
        lifeMs,
      ),
  };
}
