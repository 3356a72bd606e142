import { verifyIdentity, type WorkerIdentity } from '@baton/channel';
import { BatonError } from '@baton/core';
import type { JWK } from 'jose';

/** Deaths remembered so that a dead worker's late link is refused. */
const MOST_DEAD = 1000;

/** Whom the channels of an adapter let in: workers that WAS has signed and that are not known to be dead. */
export class Credentials {
  /** Public key that signs worker identities; undefined until WAS has told it. */
  key: JWK | undefined = undefined;
  private readonly dead = new Set<string>();

  /** Who shows this token. Rejects with CHANNEL_IDENTITY. */
  async verify(token: string): Promise<WorkerIdentity> {
    if (!this.key)
      throw new BatonError('CHANNEL_IDENTITY', 'this adapter has not got the key of WAS yet', { hint: 'The worker tries again' });
    return verifyIdentity(this.key, token);
  }

  /** From now on it is refused whatever it shows. */
  noteDeath(workerId: string): void {
    this.dead.add(workerId);
    if (this.dead.size > MOST_DEAD) for (const oldest of this.dead) if (this.dead.delete(oldest)) break;
  }

  isDead(workerId: string): boolean {
    return this.dead.has(workerId);
  }
}
