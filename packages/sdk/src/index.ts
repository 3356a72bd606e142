/**
 * What an app may say to Baton and hear from it. No app has to: an unmodified server is hosted as it is.
 *
 * Without Baton (`node server.js`, tests) everything here is harmless: `recycleProcess` does nothing, no event is ever said, and the facts of
 * `worker` are empty.
 */
import { type BatonEvents, findHost, type WorkerFacts } from './baton-host.ts';

export type { BatonEvents, BatonHost, WorkerFacts } from './baton-host.ts';
export type { Connection, ConnectionFacts, HandleConnection } from './connection.ts';
export type { Job, ProcessJob } from './job.ts';

/**
 * Asks for a fresh process in place of this one (IHttpServer::RecycleProcess). Returns at once and never throws.
 *
 * - The next generation starts beside this process and takes over when it is ready; requests that are here go on to their end.
 * - A wish that is not answered yet absorbs further ones: ask as often as you like.
 * - `reason` is read by operators, in the receipt of the recycle.
 */
export function recycleProcess(reason: string): void {
  findHost()?.recycleProcess(reason);
}

/** Listens to an event; returns what ends it. */
export function on<E extends keyof BatonEvents>(event: E, listener: BatonEvents[E]): () => void {
  return findHost()?.on(event, listener) ?? (() => {});
}

const NOWHERE: WorkerFacts = { id: '', pool: '', slot: '', generation: 0 };

/** The worker process that this app runs in. */
export const worker: WorkerFacts = Object.freeze({
  get id() {
    return facts().id;
  },
  get pool() {
    return facts().pool;
  },
  get slot() {
    return facts().slot;
  },
  get generation() {
    return facts().generation;
  },
});

function facts(): WorkerFacts {
  return findHost()?.worker ?? NOWHERE;
}
