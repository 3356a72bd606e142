import { control, create } from '@baton/proto';
import type { Logger } from '@baton/telemetry';

/** Refusals kept for a leader that is away. */
const MAX_WAITING = 100;

export interface RefusalsOptions {
  /** Tells WAS, if it is there. */
  readonly tell: (refusal: control.OrderRefused) => boolean;
  readonly highestEpoch: () => number;
  readonly log: Logger;
}

/** Orders that were not entered, told to WAS: the leader that sent a stale one steps down. */
export class Refusals {
  readonly #options: RefusalsOptions;
  #waiting: control.OrderRefused[] = [];
  #count = 0;

  constructor(options: RefusalsOptions) {
    this.#options = options;
  }

  /** Refusals since the host started. */
  get count(): number {
    return this.#count;
  }

  add(jobId: string, epoch: number, reason: string, message: string): void {
    this.#count++;
    const { log, highestEpoch, tell } = this.#options;
    log.warn({ jobId, epoch, highestEpoch: highestEpoch(), reason }, `order ${jobId} is not entered (${reason}): ${message}`);
    const refusal = create(control.OrderRefusedSchema, { jobId, epoch, highestEpoch: highestEpoch(), reason });
    if (!tell(refusal)) this.#waiting = [...this.#waiting, refusal].slice(-MAX_WAITING);
  }

  /** WAS is there: what it missed is told. */
  flush(): void {
    for (const refusal of this.#waiting.splice(0)) this.#options.tell(refusal);
  }
}
