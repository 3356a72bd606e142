import { BatonError } from '@baton/core';
import type { Logger } from '@baton/telemetry';
import { type ExitFacts, newRecord, type WorkerRecord } from '../slots/record.ts';
import type { SlotTable } from '../slots/table.ts';
import { Ledger, type LedgerEntry, type MarkedEntry } from './ledger.ts';
import { Strays } from './strays.ts';

/** A worker without a noted end died in the time without a host; whether by itself or after it had drained, nobody saw. */
const ENDED_UNSEEN: ExitFacts = { code: -1, signal: '', errorCode: '', message: 'its host was lost, and it ended', planned: true };

/** What a host that was killed left running, and what this life notes down for the next one. */
export class FormerLife {
  readonly strays: Strays;
  readonly #ledger: Ledger;
  readonly #table: SlotTable;
  readonly #log: Logger;

  constructor(stateDir: string, table: SlotTable, log: Logger) {
    this.#table = table;
    this.#log = log;
    this.#ledger = new Ledger(stateDir, (error) => log.warn({ err: error }, 'the list of children could not be written'));
    this.strays = new Strays({
      onFound: (stray) => this.#found(stray),
      onEnded: (entry) => this.#ended(entry, ENDED_UNSEEN),
      onGone: (stray, wasKilled) => this.#gone(stray, wasKilled),
    });
  }

  /** Takes strays and what has ended into the slot table, so that WAS hears of them when the host registers. DATA_DIR_IN_USE when the former life is not over. */
  async open(): Promise<void> {
    try {
      const { children, ended } = await this.#ledger.open();
      for (const entry of ended) this.#ended(entry, entry.exit);
      await this.strays.open(children);
    } catch (error) {
      if (error instanceof BatonError) throw error;
      this.#log.warn({ err: error }, 'children of a former life of this host cannot be looked for');
    }
  }

  /** Notes down what became of a worker. */
  note(record: WorkerRecord): void {
    if (record.pid === 0) return;
    if (record.exit) this.#ledger.end(record, record.exit);
    else this.#ledger.add(record);
  }

  /** Leaves the list to the next life, with everything noted. */
  async close(): Promise<void> {
    await this.#ledger.close();
  }

  #ended(entry: LedgerEntry, exit: ExitFacts): void {
    this.#table.adopt({ ...newRecord(entry, []), pid: entry.pid, state: 'exited', exit, exitedAtMs: Date.now() });
  }

  #found(stray: MarkedEntry): void {
    const { workerId, pid, slot } = stray;
    this.#log.warn({ worker: workerId, pid, slot }, `worker ${workerId} of ${slot} was left by a former life of this host and is draining`);
    this.#table.adopt({ ...newRecord(stray, []), pid, state: 'stopping', stopCause: 'host restart' });
  }

  #gone({ workerId, slot }: MarkedEntry, wasKilled: boolean): void {
    this.#log.info({ worker: workerId, slot }, `worker ${workerId} of ${slot}, left by a former life of this host, is gone`);
    const exit = wasKilled
      ? {
          code: -1,
          signal: 'SIGKILL',
          errorCode: 'SHUTDOWN_TIMEOUT',
          message: 'its host was lost; it did not drain in time and was killed',
          planned: true,
        }
      : { code: 0, signal: '', errorCode: '', message: 'its host was lost; it drained and ended', planned: true };
    this.#table.apply(workerId, { type: 'exited', exit, atMs: Date.now() });
  }
}
