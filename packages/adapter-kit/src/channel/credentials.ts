import { KeySet, type VerifiedIdentity, verifyIdentity } from '@baton/channel';

/** Deaths remembered so that a dead worker's late link is refused. */
const MOST_DEAD = 1000;

/** Whom the channels of an adapter let in: workers that WAS has signed and that are not known to be dead. */
export class Credentials {
  /** Keys whose signatures on worker identities are good, as WAS told last; none before that. */
  keys = KeySet.of({ keys: [] });
  private readonly dead = new Set<string>();

  /** Who shows this token. Rejects with CHANNEL_IDENTITY. */
  verify(token: string): Promise<VerifiedIdentity> {
    return verifyIdentity(this.keys, token);
  }

  /** Takes the JWK set that WAS publishes, as JSON; what it no longer holds is good no more. Throws INVALID_ARGUMENT, and keeps what it had. */
  takeKeys(jwks: string): void {
    this.keys = KeySet.of(jwks);
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
