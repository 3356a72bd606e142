import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkerRecord } from '../slots/record.ts';
import { type ProcessMark, processMark } from './proc-facts.ts';

/** A child process as the next life of this host must know it. */
export type LedgerEntry = Pick<
  WorkerRecord,
  'workerId' | 'pid' | 'pool' | 'slot' | 'generation' | 'role' | 'startedAtMs' | 'shutdownTimeLimitMs'
>;

/** An entry with what proves that the pid is still that process. */
export type MarkedEntry = LedgerEntry & ProcessMark;

const FILE = 'children.json';

/**
 * The children of this host on disk, so that a host which was killed can find, after its return, what it left behind.
 *
 * - One small file, written whole and renamed; writes follow each other and later ones absorb earlier ones.
 * - Losing it costs nothing but that: children end by themselves when their host is gone.
 */
export class Ledger {
  readonly #dir: string;
  readonly #entries = new Map<string, LedgerEntry>();
  readonly #marks = new Map<string, ProcessMark>();
  readonly #onError: (error: unknown) => void;
  #writing: Promise<void> | undefined;
  #isDirty = false;

  constructor(dir: string, onError: (error: unknown) => void) {
    this.#dir = dir;
    this.#onError = onError;
  }

  /** What the former life left, if the directory is this user's own; nobody else may name processes to us. */
  async read(): Promise<MarkedEntry[]> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const facts = await stat(this.#dir);
    if (process.getuid && facts.uid !== process.getuid()) throw new Error(`${this.#dir} belongs to another user`);
    if ((facts.mode & 0o022) !== 0) throw new Error(`${this.#dir} may be written by others`);
    const text = await readFile(join(this.#dir, FILE), 'utf8').catch(() => '[]');
    const entries: unknown = JSON.parse(text);
    return Array.isArray(entries) ? entries.filter(isEntry) : [];
  }

  /** Notes a child down; again means nothing. */
  add(entry: LedgerEntry): void {
    if (this.#entries.get(entry.workerId)?.pid === entry.pid) return;
    const { workerId, pid, pool, slot, generation, role, startedAtMs, shutdownTimeLimitMs } = entry;
    this.#entries.set(workerId, { workerId, pid, pool, slot, generation, role, startedAtMs, shutdownTimeLimitMs });
    this.#save();
  }

  remove(workerId: string): void {
    this.#marks.delete(workerId);
    if (this.#entries.delete(workerId)) this.#save();
  }

  /** Everything said so far is on disk. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  #save(): void {
    this.#isDirty = true;
    this.#writing ??= this.#writeWhileDirty().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeWhileDirty(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false;
      try {
        await this.#write();
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  async #write(): Promise<void> {
    const marked: MarkedEntry[] = [];
    for (const entry of this.#entries.values()) {
      const mark = this.#marks.get(entry.workerId) ?? (await processMark(entry.pid));
      if (!mark) continue;
      this.#marks.set(entry.workerId, mark);
      marked.push({ ...entry, ...mark });
    }
    const path = join(this.#dir, FILE);
    await writeFile(`${path}.new`, JSON.stringify(marked), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
}

function isEntry(value: unknown): value is MarkedEntry {
  const entry = value as Partial<MarkedEntry> | null;
  return (
    typeof entry === 'object' &&
    Number.isSafeInteger(entry?.pid) &&
    typeof entry?.workerId === 'string' &&
    typeof entry.startTicks === 'string'
  );
}
