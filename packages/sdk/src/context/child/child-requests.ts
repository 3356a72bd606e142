import { CLONE_FLAG_SERVER_VARIABLE, EXECUTE_FLAG_BUFFER_RESPONSE, EXECUTE_FLAG_NO_HEADERS } from '../../constants/child-flags.ts';
import { HostError } from '../../errors/host-error.ts';
import type { ChildRun } from '../context-run.ts';
import type { HostedContext } from '../hosted-context.ts';
import type { HttpContext } from '../http-context.ts';
import type { HttpUser } from '../http-user.ts';
import { ChildExchange, type ChildTarget } from './child-exchange.ts';
import { checkCloneFlags, checkExecuteFlags, targetOf } from './child-flags.ts';
import { ChildResponse, type ChildSink } from './child-response.ts';

/** Deepest level of a child; its root is level 0. */
const MAX_DEPTH = 10;

/** A child from its making to its release. */
interface Child {
  readonly context: HostedContext;
  readonly run: ChildRun;
  readonly exchange: ChildExchange;
  readonly response: ChildSink;
  flags: number;
  hasRun: boolean;
}

/** The child requests of a context (IHttpContext::CloneContext, ExecuteRequest, ReleaseClonedContext). */
export class ChildRequests {
  readonly #parent: HostedContext;
  readonly #children: Child[] = [];

  constructor(parent: HostedContext) {
    this.#parent = parent;
  }

  clone(flags: number): HostedContext {
    checkCloneFlags(flags);
    const context = this.#make(targetOf(this.#parent, flags));
    if (flags & CLONE_FLAG_SERVER_VARIABLE)
      for (const name of this.#parent.getServerVarChanges()) context.setServerVariable(name, this.#parent.getServerVariable(name));
    return context;
  }

  /** One that asks for something else than its parent, made and run and released (HSE_REQ_EXEC_URL); its status. `sink`: where its response goes. */
  async executeTarget(target: ChildTarget, flags: number, sink: ChildSink): Promise<number> {
    checkExecuteFlags(flags);
    const context = this.#make(target, sink);
    try {
      return await this.execute(context, flags);
    } finally {
      this.release(context);
    }
  }

  #make(target: ChildTarget, sink?: ChildSink): HostedContext {
    const parent = this.#parent;
    if (parent.depth >= MAX_DEPTH)
      throw new HostError(
        'ERROR_STACK_OVERFLOW',
        `Child requests may be ${MAX_DEPTH} levels deep, and this one would be beyond. A child that runs itself again has to look at getParentContext.`,
      );
    const response = sink ?? new ChildResponse(parent);
    const exchange = new ChildExchange(parent.req, target, response);
    const run = parent.run.createChild(exchange.req, exchange.res, parent);
    this.#children.push({ context: run.context, run, exchange, response, flags: 0, hasRun: false });
    return run.context;
  }

  async execute(child: HttpContext, flags: number, user?: HttpUser): Promise<number> {
    checkExecuteFlags(flags);
    const found = this.#children.find(({ context }) => context === child);
    if (!found || found.hasRun)
      throw new HostError(
        'ERROR_NOT_SUPPORTED',
        found
          ? 'A child request runs once; make another with cloneContext.'
          : 'executeRequest runs a child of this context: make it with cloneContext.',
      );
    found.hasRun = true;
    found.flags = flags;
    found.response.begin((flags & EXECUTE_FLAG_BUFFER_RESPONSE) !== 0, (flags & EXECUTE_FLAG_NO_HEADERS) !== 0);
    if (user) found.context.setUser(user);
    await this.#run(found, user !== undefined);
    return found.exchange.res.statusCode;
  }

  /** Settles when its last step is over. The parent's client is its client. */
  async #run({ context, run, exchange, response }: Child, skipAuthentication: boolean): Promise<void> {
    const { socket } = this.#parent.req;
    // Nobody would tell the child of an end that has been told.
    if (socket.destroyed)
      throw new HostError('ERROR_CONNECTION_INVALID', 'The client has left: there is nobody to run a child request for.');
    const abort = (): void => exchange.abort();
    socket.once('close', abort);
    try {
      await new Promise<void>((resolve) => {
        context.whenClosed = resolve;
        run.start(skipAuthentication);
        void exchange.feed();
      });
      await response.settled();
      if (!exchange.res.writableFinished)
        throw new HostError(
          'ERROR_CONNECTION_INVALID',
          'The child request was broken off: its app closed the connection, or its client has left.',
        );
    } finally {
      socket.off('close', abort);
    }
  }

  flagsOf(child: HttpContext): number {
    return this.#children.find(({ context }) => context === child)?.flags ?? 0;
  }

  /** What a child with EXECUTE_FLAG_BUFFER_RESPONSE has answered. */
  entityOf(child: HttpContext): readonly Buffer[] {
    return this.#children.find(({ context }) => context === child)?.response.entity ?? [];
  }

  release(child: HttpContext): void {
    const index = this.#children.findIndex(({ context }) => context === child);
    if (index < 0)
      throw new HostError('ERROR_INVALID_PARAMETER', 'releaseClonedContext is for a child of this context that is not released yet.');
    if (index !== this.#children.length - 1)
      throw new HostError(
        'ERROR_INVALID_STATE',
        'Children are released in the reverse of the order in which they were made; release the newest first.',
      );
    this.#children.pop()?.exchange.abort();
  }

  releaseAll(): void {
    for (const { exchange } of this.#children.splice(0)) exchange.abort();
  }
}
