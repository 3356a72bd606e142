import fc from 'fast-check';
import type { ErrorName } from '../../constants/error-codes.ts';
import { PRELOAD_LIMIT_BYTES } from '../input.ts';

/** A call of the extension, made in the turn of the call before it; or something from outside, for which all that can end has ended. */
export type Step =
  | { readonly do: 'set routine'; readonly routine: number | null }
  | { readonly do: 'write'; readonly bytes: number }
  | { readonly do: 'read'; readonly bytes: number }
  | { readonly do: 'write and wait'; readonly bytes: number }
  | { readonly do: 'transmit'; readonly bytes: number; readonly routine: number | null }
  | { readonly do: 'cancel' | 'close connection' | 'done' | 'settle' | 'client leaves' }
  | { readonly do: 'client sends'; readonly bytes: number };

const routine = fc.option(fc.integer({ min: 0, max: 2 }), { nil: null });
const size = fc.integer({ min: 1, max: 3_000 });
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), bytes: fc.integer({ min: 0, max: 3_000 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), bytes: size }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('write and wait' as const), bytes: size }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('transmit' as const), bytes: size, routine }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set routine' as const), routine }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('client sends' as const), bytes: size }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel' as const, 'close connection' as const, 'done' as const, 'client leaves' as const),
    }),
  },
);

/** What an accepted operation may end with. */
interface Expected {
  readonly kind: 'read' | 'send';
  /** Most bytes. */
  readonly bytes: number;
  /** Of its own; undefined: the last one set. */
  readonly routine: number | undefined;
  /** Known before it ends: it was ended early, or began on a connection that is gone. */
  error: number;
}

/** A control block as the rules of 7.5 describe it. */
export class Model {
  isOpen = true;
  gone = 0;
  routine: number | null = null;
  outstanding: Expected | undefined;
  /** Sent by the client and not read. */
  unread = 0;
  sentByClient = PRELOAD_LIMIT_BYTES;
  written = 0;
  accepted = 0;

  /** The refusal that a call gets; undefined: it is accepted. */
  refusal(what: Step['do']): ErrorName | undefined {
    if (!this.isOpen) return 'ERROR_INVALID_HANDLE';
    const kind = this.outstanding?.kind;
    switch (what) {
      case 'write':
      case 'transmit':
      case 'done':
        return kind && 'ERROR_INVALID_PARAMETER';
      case 'write and wait':
        return kind === 'send' ? 'ERROR_INVALID_PARAMETER' : undefined;
      case 'read':
        return kind || this.routine === null ? 'ERROR_INVALID_PARAMETER' : undefined;
      case 'cancel':
        return this.outstanding && this.outstanding.error === 0 ? undefined : 'ERROR_INVALID_HANDLE';
      default:
        return undefined;
    }
  }

  begin(kind: Expected['kind'], bytes: number, routine?: number): void {
    this.accepted++;
    this.outstanding = { kind, bytes, routine, error: this.gone };
  }

  endEarly(error: number): void {
    if (this.outstanding && this.outstanding.error === 0) this.outstanding.error = error;
  }
}

/** What the extension calls, in the same turn as the call before. */
export type OwnCall = Exclude<Step, { do: 'settle' | 'client sends' | 'client leaves' }>;
