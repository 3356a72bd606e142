import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BatonError } from '@baton/core';
import type { ExitFacts, WorkerRecord } from '../slots/record.ts';
import { isSameMark, type ProcessMark, processMark } from './proc-facts.ts';

/** A child process as the next life of this host must know it. */
export type LedgerEntry = Pick<
  WorkerRecord,
  'workerId' | 'pid' | 'pool' | 'slot' | 'generation' | 'role' | 'startedAtMs' | 'shutdownTimeLimitMs' | 'stopByMs'
>;

/** An entry with what proves that the pid is still that process. */
export type MarkedEntry = LedgerEntry & ProcessMark;

/** A child whose end WAS may not have heard of. */
export type EndedEntry = LedgerEntry & { readonly exit: ExitFacts };

/** What the former life of a host left. */
export interface LedgerContent {
  /** No end of them was noted; whether they still run is for the reader to see. */
  readonly children: readonly MarkedEntry[];
  readonly ended: readonly EndedEntry[];
}

/** What is on disk. */
interface LedgerFile extends LedgerContent {
  /** The host that keeps it. */
  readonly host: ProcessMark & { readonly pid: number };
}

const FILE = 'children.json';
/** Ends kept for the next life at most, the newest. WAS may go away together with its hosts and hear of none of them. */
const MOST_ENDED = 100;

/**
 * The children of this host on disk, so that a host which was killed can find, after its return, what it left behind.
 *
 * - One small file, written whole and renamed; writes follow each other and later ones absorb earlier ones.
 * - It names its host too: two that run with one id would take each other's orders and end each other's workers.
 * - It keeps the last ends too: WAS may have been away when they were told.
 * - Losing it costs nothing but the strays: children end by themselves when their host is gone.
 */
export class Ledger {
  readonly #dir: string;
  readonly #path: string;
  readonly #entries = new Map<string, LedgerEntry>();
  readonly #ended = new Map<string, EndedEntry>();
  readonly #marks = new Map<string, ProcessMark>();
  readonly #onError: (error: unknown) => void;
  #writing: Promise<void> | undefined;
  #isDirty = false;
  #isReleased = false;

  constructor(dir: string, onError: (error: unknown) => void) {
    this.#dir = dir;
    this.#path = join(dir, FILE);
    this.#onError = onError;
  }

  /**
   * Takes the ledger over and returns what the former life left.
   *
   * - The directory must be this user's own: nobody else may name processes to us.
   * - DATA_DIR_IN_USE when its host still runs.
   */
  async open(): Promise<LedgerContent> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const facts = await stat(this.#dir);
    if (process.getuid && facts.uid !== process.getuid()) throw new Error(`${this.#dir} belongs to another user`);
    if ((facts.mode & 0o022) !== 0) throw new Error(`${this.#dir} may be written by others`);
    const file = await this.#read();
    if (file && file.host.pid !== process.pid && isSameMark(file.host, await processMark(file.host.pid))) {
      throw new BatonError('DATA_DIR_IN_USE', `a host runs already with the state directory ${this.#dir} (pid ${file.host.pid})`, {
        hint: 'Stop it, or give each host an --id and a --state-dir of its own',
      });
    }
    await this.#write();
    return { children: file?.children ?? [], ended: file?.ended ?? [] };
  }

  /** Notes a child down; again means nothing, but for a stop that was ordered meanwhile. */
  add(entry: LedgerEntry): void {
    const known = this.#entries.get(entry.workerId);
    if (known?.pid === entry.pid && known.stopByMs === entry.stopByMs) return;
    this.#entries.set(entry.workerId, pick(entry));
    this.#save();
  }

  /** Notes down how a child ended. */
  end(entry: LedgerEntry, exit: ExitFacts): void {
    this.#marks.delete(entry.workerId);
    this.#entries.delete(entry.workerId);
    this.#ended.set(entry.workerId, { ...pick(entry), exit });
    if (this.#ended.size > MOST_ENDED) this.#ended.delete(this.#ended.keys().next().value!);
    this.#save();
  }

  /** Everything said so far is on disk. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** The host ends: the ledger belongs to nobody until the next life takes it over. */
  async close(): Promise<void> {
    this.#isReleased = true;
    this.#save();
    await this.settled();
  }

  async #read(): Promise<LedgerFile | undefined> {
    const text = await readFile(this.#path, 'utf8').catch(() => 'null');
    const file = JSON.parse(text) as Partial<LedgerFile> | null;
    if (!Number.isSafeInteger(file?.host?.pid) || !Array.isArray(file?.children)) return undefined;
    const ended = Array.isArray(file.ended) ? file.ended.filter(isEnded) : [];
    return { host: file.host!, children: file.children.filter(isEntry), ended };
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
      await this.#write().catch(this.#onError);
    }
  }

  async #write(): Promise<void> {
    const children: MarkedEntry[] = [];
    for (const entry of this.#entries.values()) {
      const mark = this.#marks.get(entry.workerId) ?? (await processMark(entry.pid));
      if (!mark) continue;
      this.#marks.set(entry.workerId, mark);
      children.push({ ...entry, ...mark });
    }
    const mark = this.#isReleased ? undefined : await processMark(process.pid);
    const host = { pid: this.#isReleased ? 0 : process.pid, ...(mark ?? { startTicks: '', bootId: '' }) };
    const file: LedgerFile = { host, children, ended: [...this.#ended.values()] };
    await writeFile(`${this.#path}.new`, JSON.stringify(file), { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
  }
}

function isEntry(value: unknown): value is MarkedEntry {
  const entry = value as Partial<MarkedEntry> | null;
  return Number.isSafeInteger(entry?.pid) && typeof entry?.workerId === 'string' && typeof entry.startTicks === 'string';
}

function isEnded(value: unknown): value is EndedEntry {
  const entry = value as Partial<EndedEntry> | null;
  return typeof entry?.workerId === 'string' && typeof entry.slot === 'string' && typeof entry.exit === 'object' && entry.exit !== null;
}

function pick({ workerId, pid, pool, slot, generation, role, startedAtMs, shutdownTimeLimitMs, stopByMs }: LedgerEntry): LedgerEntry {
  return { workerId, pid, pool, slot, generation, role, startedAtMs, shutdownTimeLimitMs, stopByMs };
}
