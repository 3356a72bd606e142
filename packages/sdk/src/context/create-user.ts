import { HostError } from '../errors/host-error.ts';
import type { HttpUser } from './http-user.ts';
import { refuseMember } from './left-out.ts';

/** What a plain user is made of. */
export interface UserFacts {
  /** '' = anonymous. */
  readonly userName: string;
  /** "Basic", "Bearer". @default '' */
  readonly authenticationType?: string;
  /** The name the client gave. @default userName */
  readonly remoteUserName?: string;
  /** Without them `supportsIsInRole` is false. */
  readonly roles?: Iterable<string>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A user for `AuthenticationProvider.setUser`. */
export function createUser(facts: UserFacts): HttpUser {
  return new PlainUser(facts);
}

class PlainUser implements HttpUser {
  readonly #facts: UserFacts;
  readonly #roles: ReadonlySet<string> | undefined;

  constructor(facts: UserFacts) {
    this.#facts = facts;
    this.#roles = facts.roles && new Set(facts.roles);
  }

  getUserName(): string {
    return this.#facts.userName;
  }
  getRemoteUserName(): string {
    return this.#facts.remoteUserName ?? this.#facts.userName;
  }
  getAuthenticationType(): string {
    return this.#facts.authenticationType ?? '';
  }
  supportsIsInRole(): boolean {
    return this.#roles !== undefined;
  }
  isInRole(role: string): boolean {
    if (this.#roles) return this.#roles.has(role);
    throw new HostError(
      'E_NOTIMPL',
      `Nobody said which roles the user has, so nobody can say whether ${JSON.stringify(role)} is one: ask supportsIsInRole first.`,
    );
  }
  getUserVariable(name: string): string | undefined {
    const { variables } = this.#facts;
    return variables && Object.hasOwn(variables, name) ? variables[name] : undefined;
  }
  getPassword(): never {
    return refuseMember('HttpUser', 'getPassword');
  }
  getImpersonationToken(): never {
    return refuseMember('HttpUser', 'getImpersonationToken');
  }
  getPrimaryToken(): never {
    return refuseMember('HttpUser', 'getPrimaryToken');
  }
  referenceUser(): never {
    return refuseMember('HttpUser', 'referenceUser');
  }
  dereferenceUser(): never {
    return refuseMember('HttpUser', 'dereferenceUser');
  }
}

/** Who makes a request when no module has said who does. */
export const ANONYMOUS: HttpUser = Object.freeze(createUser({ userName: '', roles: [] }));
