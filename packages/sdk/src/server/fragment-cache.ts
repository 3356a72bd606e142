import { HostError } from '../errors/host-error.ts';

/** Longest name, characters. */
const MAX_NAME = 2_048;

/** What the fragments cache is called in a CacheKey. */
export const FRAGMENTS = 'fragments';

/**
 * Named pieces of responses that code in the worker keeps (IHttpServer::AddFragmentToCache). What was used longest ago goes when it is full.
 */
export class FragmentCache {
  readonly limitBytes: number;
  readonly #fragments = new Map<string, Buffer>();
  #bytes = 0;
  hits = 0;
  misses = 0;

  constructor(limitBytes = 16 * 2 ** 20) {
    this.limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#fragments.size;
  }

  /** Keeps a copy. Throws ERROR_INVALID_PARAMETER, or ERROR_NOT_ENOUGH_MEMORY for more than the whole cache. */
  add(name: string, fragment: Uint8Array | string): void {
    checkName(name);
    if (typeof fragment !== 'string' && !(fragment instanceof Uint8Array))
      throw new HostError('ERROR_INVALID_PARAMETER', `A fragment is text or bytes, ${typeof fragment} came for "${name}"`);
    const bytes = Buffer.from(fragment as string);
    if (cost(name, bytes) > this.limitBytes)
      throw new HostError(
        'ERROR_NOT_ENOUGH_MEMORY',
        `The fragment "${name}" has ${bytes.length} bytes, and the whole cache ${this.limitBytes}. Keep large pieces in files`,
      );
    this.delete(name);
    this.#fragments.set(name, bytes);
    this.#bytes += cost(name, bytes);
    for (const oldest of this.#fragments.keys()) {
      if (this.#bytes <= this.limitBytes) break;
      this.delete(oldest);
    }
  }

  /** A copy of it; undefined when it is not there. */
  read(name: string): Buffer | undefined {
    const bytes = this.#fragments.get(name);
    if (!bytes) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    this.#fragments.delete(name);
    this.#fragments.set(name, bytes);
    return Buffer.from(bytes);
  }

  delete(name: string): boolean {
    const bytes = this.#fragments.get(name);
    if (!bytes) return false;
    this.#bytes -= cost(name, bytes);
    return this.#fragments.delete(name);
  }

  /** How many began with it. */
  deletePrefix(prefix: string): number {
    const names = this.names(prefix);
    for (const name of names) this.delete(name);
    return names.length;
  }

  names(prefix = ''): string[] {
    return [...this.#fragments.keys()].filter((name) => name.startsWith(prefix));
  }
}

function cost(name: string, bytes: Buffer): number {
  return name.length * 2 + bytes.length;
}

function checkName(name: string): void {
  if (typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME) return;
  throw new HostError(
    'ERROR_INVALID_PARAMETER',
    `The name of a fragment has 1 to ${MAX_NAME} characters, ${typeof name === 'string' ? `${name.length} came` : `${typeof name} came`}`,
  );
}
