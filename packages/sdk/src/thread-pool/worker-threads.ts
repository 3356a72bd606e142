import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Piscina } from 'piscina';
import { HostError } from '../errors/host-error.ts';

/** A worker thread that has had nothing to do for so long goes, ms. */
const IDLE_MS = 30_000;

/** What a CPU-heavy routine is called with, on its thread. */
export interface WorkerTask {
  /** A number of winerror.h; only operations that went well come here, so 0. */
  readonly error: number;
  readonly bytes: number;
  readonly offset: number | bigint;
  /** A copy of what was read; undefined for a write. */
  readonly data: Uint8Array | undefined;
}

/**
 * The threads on which CPU-heavy routines run; started with the first one.
 *
 * - The queue is here, not in Piscina: of a pool without a least number of threads it forgets what waits when a thread dies (5.3.2, measured).
 */
export class WorkerThreads {
  readonly #maxQueued: number;
  readonly #threads = availableParallelism();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #piscina: Promise<Piscina> | undefined;

  constructor(maxQueued: number) {
    this.#maxQueued = maxQueued;
  }

  /** What the routine returns. Throws HostError: its thread died, it threw, the queue is full. */
  async run(file: string, name: string, task: WorkerTask): Promise<unknown> {
    if (this.#running < this.#threads) this.#running++;
    else await this.#wait(name);
    try {
      const piscina = await this.#started();
      return await piscina.run(task, { filename: file, name, ...(task.data && { transferList: [task.data.buffer as ArrayBuffer] }) });
    } catch (error) {
      throw asHostError(error, `${name} of ${file}`);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /** For a thread that another routine leaves to this one. */
  #wait(name: string): Promise<void> {
    if (this.#waiting.length >= this.#maxQueued)
      throw new HostError('ERROR_NOT_ENOUGH_QUOTA', `${name}: ${this.#maxQueued} routines wait for a worker thread already`);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** One start for all who come meanwhile; one that has failed is tried again by the next who comes. */
  #started(): Promise<Piscina> {
    if (this.#piscina) return this.#piscina;
    const starting = this.#start();
    this.#piscina = starting;
    starting.catch(() => {
      if (this.#piscina === starting) this.#piscina = undefined;
    });
    return starting;
  }

  async #start(): Promise<Piscina> {
    const { Piscina } = await import('piscina').catch(explainImport);
    const piscina = new Piscina({ minThreads: 0, maxThreads: this.#threads, idleTimeout: IDLE_MS });
    // of a thread that dies without a routine
    piscina.on('error', () => {});
    return piscina;
  }

  async close(): Promise<void> {
    const starting = this.#piscina;
    this.#piscina = undefined;
    const piscina = await starting?.catch(() => undefined);
    await piscina?.destroy();
  }
}

function explainImport(cause: unknown): never {
  const { message } = cause as Error;
  throw new HostError(
    'ERROR_MOD_NOT_FOUND',
    `Routines marked worker run in Piscina, which could not be loaded: ${message}. Install piscina where @baton/sdk is (npm install piscina); the next routine tries again`,
    { cause },
  );
}

/** Absolute path of a routine's module. */
export function fileOf(file: string | URL): string {
  const isUrl = file instanceof URL || String(file).startsWith('file:');
  const path = isUrl ? fileURLToPath(file) : file;
  if (typeof path === 'string' && isAbsolute(path)) return pathToFileURL(path).href;
  throw new HostError(
    'ERROR_INVALID_PARAMETER',
    `file: an absolute path or a file URL was expected, as import.meta.filename; ${JSON.stringify(path)} came`,
  );
}

function asHostError(error: unknown, what: string): HostError {
  if (HostError.is(error)) return error;
  const { code, message } = error as { code?: string; message?: string };
  // piscina/dist/index.js says it in these words
  const isGone =
    code?.startsWith('ERR_WORKER_') || message?.startsWith('worker exited with code') || message === 'Terminating worker thread';
  return isGone
    ? new HostError('ERROR_PROCESS_ABORTED', `The worker thread of ${what} went away: ${message}`, { cause: error })
    : new HostError('ERROR_UNHANDLED_EXCEPTION', `${what} failed: ${message ?? String(error)}`, { cause: error });
}
