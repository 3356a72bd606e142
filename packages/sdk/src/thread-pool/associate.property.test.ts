import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { ERROR_HANDLE_EOF, ERROR_OPERATION_ABORTED, ERROR_SUCCESS, nameOfError } from '../constants/error-codes.ts';
import { HostError } from '../errors/host-error.ts';
import type { AssociatedHandle } from './associated-handle.ts';
import { Overlapped, type OverlappedLike } from './overlapped.ts';
import { ThreadPool } from './thread-pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'baton-property-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const FILES = 2;
const SIZE = 64;
/** Bytes of each file; writes end within them. */
const LENGTH = SIZE - 16;

/** What a test does next; `file`, `buffer` and `overlapped` are places in what it has, so that the same one often is taken twice. */
type Step =
  | { readonly kind: 'associate' | 'close' | 'cancel'; readonly file: number }
  | {
      readonly kind: 'read' | 'write';
      readonly file: number;
      readonly buffer: number;
      readonly overlapped: number;
      readonly offset: number;
    }
  | { readonly kind: 'complete' | 'hold' | 'let go' | 'turn' };

const place = fc.nat({ max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('associate' as const), file: fc.nat({ max: FILES - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('close' as const, 'cancel' as const), file: fc.nat({ max: FILES - 1 }) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constantFrom('read' as const, 'write' as const),
      file: fc.nat({ max: FILES - 1 }),
      buffer: place,
      overlapped: place,
      offset: fc.oneof(fc.nat({ max: LENGTH - 9 }), fc.integer({ min: SIZE, max: SIZE + 8 })),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('complete' as const, 'hold' as const, 'let go' as const, 'turn' as const) }) },
);

/** What the model knows of an operation that was accepted. */
interface Expected {
  readonly overlapped: OverlappedLike;
  readonly file: number;
  readonly buffer: number;
  readonly isRead: boolean;
  readonly offset: number;
  /** The file may have answered; the completion waits for a slot. */
  mayHaveEnded: boolean;
  /** How it may end. */
  ends: readonly number[];
}

class Stage {
  readonly pool = new ThreadPool({ maxPoolThreads: 2 });
  readonly memory = new ArrayBuffer(32);
  /** The second lies half in the first. */
  readonly buffers = [0, 4, 8, 16].map((start) => new Uint8Array(this.memory, start, 8));
  readonly overlapped = [0, 1, 2, 3].map(() => new Overlapped());
  readonly handles: FileHandle[] = [];
  readonly associated: (AssociatedHandle | undefined)[] = [];
  readonly isClosed: boolean[] = [];
  readonly closing: Promise<unknown>[] = [];
  readonly underWay = new Map<OverlappedLike, Expected>();
  readonly failures: string[] = [];
  accepted = 0;
  completed = 0;
  held: (() => void) | undefined;
  wake = () => {};

  readonly routine = (error: number, bytes: number, overlapped: OverlappedLike): void => {
    const expected = this.underWay.get(overlapped);
    if (!expected) this.failures.push(`a completion that nobody expected: ${nameOfError(error)}`);
    else {
      this.underWay.delete(overlapped);
      if (
        !expected.ends.includes(error) ||
        (error !== ERROR_SUCCESS && bytes !== 0) ||
        bytes > 8 ||
        overlapped.internal !== error ||
        overlapped.internalHigh !== bytes
      )
        this.failures.push(
          `${expected.isRead ? 'read' : 'write'} at ${expected.offset}: ${nameOfError(error)} with ${bytes} bytes, not ${expected.ends.map(nameOfError)}`,
        );
    }
    this.completed++;
    this.wake();
  };

  async run(step: Step): Promise<void> {
    switch (step.kind) {
      case 'associate':
        return this.#expect(step, this.isClosed[step.file] || this.associated[step.file] ? 'refused' : 'accepted', () => {
          this.associated[step.file] = this.pool.associate(this.handles[step.file]!, this.routine);
        });
      case 'read':
      case 'write':
        return this.#operate(step);
      case 'cancel':
        if (!this.associated[step.file]) return;
        this.associated[step.file]!.cancelIo();
        return this.#abort(step.file);
      case 'close':
        if (this.isClosed[step.file]) return;
        this.isClosed[step.file] = true;
        this.closing.push(this.handles[step.file]!.close());
        return this.#abort(step.file);
      case 'hold':
        if (this.held) return;
        for (let slot = 0; slot < 2; slot++) this.pool.post(() => new Promise<void>((resolve) => this.#alsoRelease(resolve)));
        return;
      case 'let go':
        return this.letGo();
      case 'turn':
        for (const expected of this.underWay.values()) expected.mayHaveEnded = true;
        await new Promise((resolve) => setTimeout(resolve, 1));
        return;
      case 'complete':
        this.letGo();
        return this.settle();
    }
  }

  #alsoRelease(resolve: () => void): void {
    const before = this.held;
    this.held = () => {
      before?.();
      resolve();
    };
  }

  letGo(): void {
    this.held?.();
    this.held = undefined;
  }

  /** Every operation under way has ended. */
  async settle(): Promise<void> {
    while (this.underWay.size > 0)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
  }

  /** Under way, though its routine may wait for a slot: what it has is still the host's. */
  #isBusy(buffer: Uint8Array, overlapped: OverlappedLike): boolean {
    if (this.underWay.has(overlapped)) return true;
    const [from, to] = [buffer.byteOffset, buffer.byteOffset + buffer.byteLength];
    return [...this.underWay.values()].some((other) => {
      const there = this.buffers[other.buffer]!;
      return from < there.byteOffset + there.byteLength && there.byteOffset < to;
    });
  }

  #operate(step: Extract<Step, { kind: 'read' | 'write' }>): void {
    const associated = this.associated[step.file];
    if (!associated) return;
    const overlapped = this.overlapped[step.overlapped]!;
    const buffer = this.buffers[step.buffer]!;
    const isBusy = this.#isBusy(buffer, overlapped);
    // an app that sets the offset of an operation under way gets what it asks for
    const offset = step.kind === 'write' ? Math.min(step.offset, LENGTH - 8) : step.offset;
    if (!this.underWay.has(overlapped)) overlapped.offset = offset;
    this.#expect(step, this.isClosed[step.file] || isBusy ? 'refused' : 'accepted', () => {
      associated[step.kind](buffer, overlapped);
      this.accepted++;
      this.underWay.set(overlapped, {
        overlapped,
        file: step.file,
        buffer: step.buffer,
        isRead: step.kind === 'read',
        offset,
        mayHaveEnded: false,
        ends: [step.kind === 'read' && offset >= LENGTH ? ERROR_HANDLE_EOF : ERROR_SUCCESS],
      });
    });
  }

  #expect(step: Step, wanted: 'accepted' | 'refused', call: () => void): void {
    let came: 'accepted' | 'refused' = 'accepted';
    try {
      call();
    } catch (error) {
      came = 'refused';
      if (!HostError.is(error)) throw error;
    }
    if (came !== wanted) this.failures.push(`${JSON.stringify(step)} was ${came}, not ${wanted}`);
  }

  /** What is under way is aborted; what had ended, and only waits for a slot, keeps its end. */
  #abort(file: number): void {
    for (const expected of this.underWay.values())
      if (expected.file === file)
        expected.ends = expected.mayHaveEnded ? [...expected.ends, ERROR_OPERATION_ABORTED] : [ERROR_OPERATION_ABORTED];
  }
}

test('whatever is asked in whatever order, each accepted operation ends once and as it must, and nothing that was refused ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
      const stage = new Stage();
      for (let file = 0; file < FILES; file++) {
        const path = join(folder, `f${file}`);
        writeFileSync(path, Buffer.alloc(LENGTH, file + 1));
        stage.handles.push(await open(path, 'r+'));
      }
      try {
        for (const one of steps) await stage.run(one);
        stage.letGo();
        await stage.settle();
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
        assert.deepEqual(stage.failures, []);
        assert.equal(stage.completed, stage.accepted);
        assert.equal(stage.pool.pendingOperations, 0);
        assert.equal(stage.pool.stats.active, 0);
        await Promise.all(stage.closing);
      } finally {
        for (const [file, handle] of stage.handles.entries()) if (!stage.isClosed[file]) await handle.close();
      }
    }),
    { numRuns: 300 },
  );
});
