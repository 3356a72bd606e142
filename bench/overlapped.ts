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
  try {
    await readRaw(path, depth, WARM_READS); // compiles, and fills the cache of the system
    await readPooled(path, depth, WARM_READS);
    const runs: { raw: Run; pooled: Run }[] = [];
    for (let round = 0; round < repeat; round++) {
      // in turns, and the order too: who runs second finds a warmer machine
      const first = await (round % 2 ? readPooled : readRaw)(path, depth, reads);
      const second = await (round % 2 ? readRaw : readPooled)(path, depth, reads);
      const [raw, pooled] = round % 2 ? [second, first] : [first, second];
      runs.push({ raw, pooled });
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

/** Plain fs.read. */
async function readRaw(path: string, depth: number, reads: number): Promise<Run> {
  const file = openSync(path, 'r');
  const ended = Promise.withResolvers<void>();
  const run = startRun(reads);
  let started = 0;
  let done = 0;
  const next = (buffer: Buffer): void => {
    if (started === reads) return;
    const position = positionOf(started++);
    read(file, buffer, 0, READ_BYTES, position, (error, bytes) => {
      if (error || bytes !== READ_BYTES) ended.reject(error ?? new Error(`${bytes} bytes at ${position}`));
      if (++done === reads) ended.resolve();
      else next(buffer);
    });
  };
  for (let index = 0; index < depth; index++) next(Buffer.allocUnsafeSlow(READ_BYTES));
  await ended.promise;
  const result = run();
  closeSync(file);
  return result;
}

/** An overlapped with the buffer of its reads behind it, as a program of the original has them. */
class Read extends Overlapped {
  readonly buffer = Buffer.allocUnsafeSlow(READ_BYTES);
}

/** The same through ThreadPool.associate: each completion takes a slot and starts the next read, with the same overlapped and buffer. */
async function readPooled(path: string, depth: number, reads: number): Promise<Run> {
  const pool = new ThreadPool();
  const ended = Promise.withResolvers<void>();
  let started = 0;
  let done = 0;
  const next = (overlapped: Read): void => {
    if (started === reads) return;
    overlapped.offset = positionOf(started++);
    file.read(overlapped.buffer, overlapped);
  };
  const file = pool.associate(openSync(path, 'r'), (error, bytes, overlapped) => {
    if (error || bytes !== READ_BYTES) ended.reject(new Error(`error ${error}, ${bytes} bytes at ${overlapped.offset}`));
    if (++done === reads) ended.resolve();
    else next(overlapped as Read);
  });
  const run = startRun(reads);
  for (let index = 0; index < depth; index++) next(new Read());
  await ended.promise;
  const result = run();
  await file.close();
  await pool.close();
  return result;
}

/** Scattered, and the same in every run (a multiplicative hash of the number of the read). */
function positionOf(index: number): number {
  return ((Math.imul(index, 0x9e3779b1) >>> 0) % (FILE_BYTES / READ_BYTES)) * READ_BYTES;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
