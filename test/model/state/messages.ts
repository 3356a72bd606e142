/** What WAS sends to an adapter; permission to open has its number in `to`. */
export const Down = { handover: 1, handoverIfIdle: 2, mayOpen: 3 } as const;

/** What an adapter sends to WAS on its stream. */
export const Up = { report: 1, done: 2, notReady: 3, busy: 4 } as const;

/** What WAS orders from a host. */
export const Verb = { start: 0, stop: 1 } as const;

export interface ToAdapter {
  readonly type: number;
  readonly from: number;
  readonly to: number;
}

export function packToAdapter({ type, from, to }: ToAdapter): number {
  return type | (from << 2) | (to << 5);
}

export function unpackToAdapter(message: number): ToAdapter {
  return { type: message & 3, from: (message >> 2) & 7, to: message >> 5 };
}

export interface ToWas {
  readonly type: number;
  readonly generation: number;
  /** Three at most fit, which is more than one adapter ever has. */
  readonly inFlight: number;
}

export function packToWas({ type, generation, inFlight }: ToWas): number {
  return type | (generation << 3) | (inFlight << 6);
}

export function unpackToWas(message: number): ToWas {
  return { type: message & 7, generation: (message >> 3) & 7, inFlight: message >> 6 };
}

export interface Order {
  readonly verb: number;
  readonly generation: number;
  readonly epoch: number;
}

/** Never 0, which would be no entry of a queue. */
export function packOrder({ verb, generation, epoch }: Order): number {
  return 128 | (verb << 6) | (generation << 3) | epoch;
}

export function unpackOrder(order: number): Order {
  return { verb: (order >> 6) & 1, generation: (order >> 3) & 7, epoch: order & 7 };
}

/** What a stop order carries beside its name: the successor, and whether it is for an idle-out. */
export function packSuccessor(successor: number, isIdleOut: boolean): number {
  return successor | (isIdleOut ? 8 : 0);
}

export function unpackSuccessor(detail: number): { readonly successor: number; readonly isIdleOut: boolean } {
  return { successor: detail & 7, isIdleOut: (detail & 8) !== 0 };
}
