import type { HostedContext } from './hosted-context.ts';
import type { HttpContext } from './http-context.ts';
import type { HttpUser } from './http-user.ts';

/** The child requests of a context. */
export class ChildRequests {
  readonly #parent: HostedContext;
  constructor(parent: HostedContext) {
    this.#parent = parent;
  }
  clone(_flags: number): HttpContext {
    throw new Error(`not there yet ${this.#parent}`);
  }
  execute(_child: HttpContext, _flags: number, _user?: HttpUser): Promise<number> {
    throw new Error('not there yet');
  }
  release(_child: HttpContext): void {}
  releaseAll(): void {}
  flagsOf(_child: HttpContext): number {
    return 0;
  }
}
