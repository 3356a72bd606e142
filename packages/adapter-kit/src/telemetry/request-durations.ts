import { Histogram, REQUEST_SECONDS } from '@baton/telemetry';
import type { Outcome } from './outcome.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY']);

interface Entry {
  readonly method: string;
  readonly status: number;
  readonly outcome: Outcome;
  readonly isEncrypted: boolean;
  readonly histogram: Histogram;
}

/**
 * How long the requests of a pool took, by method, status, outcome, and whether they came in TLS.
 *
 * - Written for every request: requests that follow each other usually share all of them, so that the entry of the last one is looked at first.
 */
export class RequestDurations {
  private readonly entries = new Map<string, Entry>();
  private last: Entry | undefined = undefined;

  record(method: string, status: number, outcome: Outcome, ms: number, isEncrypted: boolean): void {
    let { last } = this;
    if (
      last === undefined ||
      last.status !== status ||
      last.method !== method ||
      last.outcome !== outcome ||
      last.isEncrypted !== isEncrypted
    ) {
      last = this.find(METHODS.has(method) ? method : '_OTHER', status, outcome, isEncrypted);
      this.last = last;
    }
    last.histogram.record(ms);
  }

  all(): Iterable<Entry> {
    return this.entries.values();
  }

  private find(method: string, status: number, outcome: Outcome, isEncrypted: boolean): Entry {
    const key = `${method} ${status} ${outcome} ${isEncrypted}`;
    let entry = this.entries.get(key);
    if (!entry) {
      entry = { method, status, outcome, isEncrypted, histogram: new Histogram(REQUEST_SECONDS) };
      this.entries.set(key, entry);
    }
    return entry;
  }
}
