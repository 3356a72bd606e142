// Question: what does the way through the thread pool cost an overlapped read, against plain fs.read at the same depth?
import { closeSync, mkdtempSync, openSync, read, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Overlapped } from '@baton/sdk';
import { ThreadPool } from '@baton/sdk/host';

const FILE_BYTES = 64 << 20;
const READ_BYTES = 4096;
/** Until V8 has compiled all of it. */
const WARM_READS = 100_000;

export interface OverlappedResult {
  readonly depth: number;
  readonly rawPerSecond: number;
  readonly poolPerSecond: number;
  /** Median of the ratios of neighbouring runs. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  /** CPU of the process for each read, medians; drifts less than the rates do when the machine has other work. */
  readonly rawCpuMicros: number;
  readonly poolCpuMicros: number;
}

interface Run {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/**
 * Reads of 4 KiB at scattered positions of a file in the cache, `reads` a run, in turns.
 *
 * - Runs are short and many: whether the four threads of libuv sleep between two reads, which costs more than the read, changes with all else that the
 *   machine does, and only neighbours meet the same.
 */
export async function measureOverlapped(depth: number, repeat: number, reads = 100_000): Promise<OverlappedResult> {
  const folder = mkdtempSync(join(tmpdir(), 'baton-bench-'));
  const path = join(folder, 'file');
  writeFileSync(path, Buffer.alloc(FILE_BYTES, 7));
  const raw = new RawReader(path, depth);
  const pooled = new PooledReader(path, depth);
  try {
    await raw.run(WARM_READS); // compiles, and fills the cache of the system
    await pooled.run(WARM_READS);
    const runs: { raw: Run; pooled: Run }[] = [];
    for (let round = 0; round < repeat; round++) {
      // in turns, and the order too: who runs second finds a warmer machine
      const first = await (round % 2 ? pooled : raw).run(reads);
      const second = await (round % 2 ? raw : pooled).run(reads);
      runs.push(round % 2 ? { raw: second, pooled: first } : { raw: first, pooled: second });
    }
    const ratios = runs.map(({ raw, pooled }) => pooled.perSecond / raw.perSecond);
    return {
      depth,
      rawPerSecond: middle(runs.map(({ raw }) => raw.perSecond)),
      poolPerSecond: middle(runs.map(({ pooled }) => pooled.perSecond)),
      ratio: middle(ratios),
      ratios,
      rawCpuMicros: middle(runs.map(({ raw }) => raw.cpuMicros)),
      poolCpuMicros: middle(runs.map(({ pooled }) => pooled.cpuMicros)),
    };
  } finally {
    await raw.close();
    await pooled.close();
    rmSync(folder, { recursive: true });
  }
}

/** Begins to measure; what it returns ends it. */
function startRun(reads: number): () => Run {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const elapsedMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    return { perSecond: (reads / elapsedMs) * 1000, cpuMicros: (user + system) / reads };
  };
}

/** Reads in runs: `start` begins the first `depth` of one, each of which begins the next when it has ended. */
abstract class Reader {
  protected started = 0;
  private done = 0;
  private reads = 0;
  private ended = Promise.withResolvers<void>();

  async run(reads: number): Promise<Run> {
    this.reads = reads;
    this.started = 0;
    this.done = 0;
    this.ended = Promise.withResolvers<void>();
    const end = startRun(reads);
    this.start();
    await this.ended.promise;
    return end();
  }

  protected abstract start(): void;

  /** True: there is another one to begin. */
  protected readOne(error: unknown, bytes: number): boolean {
    if (error || bytes !== READ_BYTES) this.ended.reject(new Error(`error ${error}, ${bytes} bytes`));
    if (++this.done === this.reads) this.ended.resolve();
    return this.started < this.reads;
  }
}

/** Plain fs.read. */
class RawReader extends Reader {
  readonly #file: number;
  readonly #buffers: Buffer[];

  constructor(path: string, depth: number) {
    super();
    this.#file = openSync(path, 'r');
    this.#buffers = Array.from({ length: depth }, () => Buffer.allocUnsafeSlow(READ_BYTES));
  }

  protected start(): void {
    for (const buffer of this.#buffers) this.#next(buffer);
  }

  #next(buffer: Buffer): void {
    read(this.#file, buffer, 0, READ_BYTES, positionOf(this.started++), (error, bytes) => {
      if (this.readOne(error, bytes)) this.#next(buffer);
    });
  }

  async close(): Promise<void> {
    closeSync(this.#file);
  }
}

/** An overlapped with the buffer of its reads behind it, as a program of the original has them. */
class Read extends Overlapped {
  readonly buffer = Buffer.allocUnsafeSlow(READ_BYTES);
}

/** The same through ThreadPool.associate: each completion takes a slot and starts the next read, with the same overlapped and buffer. */
class PooledReader extends Reader {
  readonly #pool = new ThreadPool();
  readonly #file: ReturnType<ThreadPool['associate']>;
  readonly #reads: Read[];

  constructor(path: string, depth: number) {
    super();
    this.#reads = Array.from({ length: depth }, () => new Read());
    this.#file = this.#pool.associate(openSync(path, 'r'), (error, bytes, overlapped) => {
      if (this.readOne(error, bytes)) this.#next(overlapped as Read);
    });
  }

  protected start(): void {
    for (const one of this.#reads) this.#next(one);
  }

  #next(one: Read): void {
    one.offset = positionOf(this.started++);
    this.#file.read(one.buffer, one);
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#pool.close();
  }
}

/** Scattered, and the same in every run (a multiplicative hash of the number of the read). */
function positionOf(index: number): number {
  return ((Math.imul(index, 0x9e3779b1) >>> 0) % (FILE_BYTES / READ_BYTES)) * READ_BYTES;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
