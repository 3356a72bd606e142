import { HostError } from '../errors/host-error.ts';
import { isThenable } from '../is-thenable.ts';
import type { WriteLog } from './server-host.ts';

/** What a module keeps in a container; told when the container is gone (IHttpStoredContext). */
export interface StoredContext {
  /** IHttpStoredContext::CleanupStoredContext. */
  cleanupStoredContext?(): void;
  /** IHttpConnectionStoredContext::NotifyDisconnect: said of what is kept with a connection when the client is gone, before the cleanup. */
  notifyDisconnect?(): void;
}

/** A place where each module keeps one object of its own (IHttpModuleContextContainer), keyed by the module's id. */
export class ModuleContextContainer {
  readonly #log: WriteLog;
  #contexts: Map<unknown, StoredContext> | undefined;

  /** `log` hears the errors that nobody waits for. */
  constructor(log: WriteLog) {
    this.#log = log;
  }

  /** IHttpModuleContextContainer::GetModuleContext; undefined when the module has put nothing here. */
  getModuleContext(moduleId: unknown): StoredContext | undefined {
    return this.#contexts?.get(moduleId);
  }

  /** IHttpModuleContextContainer::SetModuleContext. Throws ERROR_ALREADY_ASSIGNED for a second one of a module. */
  setModuleContext(context: StoredContext, moduleId: unknown): void {
    this.#contexts ??= new Map();
    if (this.#contexts.has(moduleId))
      throw new HostError(
        'ERROR_ALREADY_ASSIGNED',
        'A module keeps one context in a container, and this one has its own here already. Change that one, which getModuleContext gives.',
      );
    this.#contexts.set(moduleId, context);
  }

  /** Tells each context, in the order they came, that the container is gone; the first error is thrown when all have been told. */
  release(): void {
    const contexts = this.#contexts;
    this.#contexts = undefined;
    if (contexts) tellEach(contexts.values(), 'cleanupStoredContext', this.#log);
  }

  /** `release` by the host, whom an error of a module's must not reach: it is logged. */
  end(): void {
    try {
      this.release();
    } catch (error) {
      this.#log('error', failureOf('cleanupStoredContext'), { error });
    }
  }

  /** Tells each context that the client is gone; errors are logged. */
  disconnect(): void {
    try {
      if (this.#contexts) tellEach(this.#contexts.values(), 'notifyDisconnect', this.#log);
    } catch (error) {
      this.#log('error', failureOf('notifyDisconnect'), { error });
    }
  }
}

const failureOf = (what: keyof StoredContext): string => `${what} of a stored context failed`;

function tellEach(contexts: Iterable<StoredContext>, what: keyof StoredContext, log: WriteLog): void {
  let failure: { error: unknown } | undefined;
  for (const context of contexts)
    try {
      const answer: unknown = context[what]?.();
      if (isThenable(answer)) Promise.resolve(answer).catch((error: unknown) => log('error', failureOf(what), { error }));
    } catch (error) {
      failure ??= { error };
    }
  if (failure) throw failure.error;
}
