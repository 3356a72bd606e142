import { constants } from 'node:os';
import type { ChildMessage, HostMessage } from '../messages.ts';

/**
 * The IPC channel to the host, kept out of the app's sight: an app that finds `process.send` or hears 'message' would take the host for its own
 * parent.
 */
export class HostLine {
  readonly #send = process.send?.bind(process);
  #isSigtermTaken = false;

  /** Begins to listen. `onLost`: the host is gone. */
  constructor(onMessage: (message: HostMessage) => void, onLost: () => void) {
    const emit = process.emit;
    // Node keeps messages back until somebody listens; what listens is the line below, whoever else does.
    process.on('message', () => {});
    process.emit = ((event: string | symbol, ...args: unknown[]): boolean => {
      if (event === 'message') onMessage(args[0] as HostMessage);
      else if (event === 'disconnect') onLost();
      else if (event !== 'SIGTERM' || !this.#isSigtermTaken) return Reflect.apply(emit, process, [event, ...args]);
      return true;
    }) as typeof process.emit;
    // `disconnect` stays: Node calls it itself when the host is gone.
    process.send = undefined as never;
    this.letGo();
  }

  send(message: ChildMessage): void {
    this.#send?.(message, undefined, undefined, () => {});
  }

  /** The line keeps the process alive from here on. */
  hold(): void {
    process.channel?.ref();
  }

  /** The process may end while the line is up: an app that has nothing to do any more ends, as it would without a host. */
  letGo(): void {
    process.channel?.unref();
  }

  /**
   * Runs the app's SIGTERM handlers as the signal would; a SIGTERM that comes later by the host's ladder is not shown to them again.
   * False when there are none.
   */
  emitSigterm(): boolean {
    if (process.listenerCount('SIGTERM') === 0) return false;
    if (!this.#isSigtermTaken)
      (process.emit as (event: string, name: string, number: number) => boolean)('SIGTERM', 'SIGTERM', constants.signals.SIGTERM);
    this.#isSigtermTaken = true;
    return true;
  }
}
