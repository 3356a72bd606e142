import { constants } from 'node:os';
import type { ChildMessage, HostMessage } from '../messages.ts';

/**
 * The IPC channel to the host, kept out of the app's sight: an app that finds `process.send` or hears 'message' would take the host for its own
 * parent.
 */
export class HostLine {
  readonly #send = process.send?.bind(process);
  /** The app has heard SIGTERM, ours or the system's; it hears one. */
  #isSigtermTaken = false;
  #isLost = false;

  /** Begins to listen. `onLost`: the host is gone; what the app has spawned ends with this process then, as the host would have seen to. */
  constructor(onMessage: (message: HostMessage) => void, onLost: () => void) {
    const emit = process.emit;
    // Node keeps messages back until somebody listens; what listens is the line below, whoever else does.
    process.on('message', () => {});
    process.emit = ((event: string | symbol, ...args: unknown[]): boolean => {
      if (event === 'message') onMessage(args[0] as HostMessage);
      else if (event === 'disconnect') {
        this.#isLost = true;
        onLost();
      } else if (event !== 'SIGTERM' || !this.#isSigtermTaken) {
        if (event === 'SIGTERM') this.#isSigtermTaken = true;
        const isHeard = Reflect.apply(emit, process, [event, ...args]);
        if (event === 'exit' && this.#isLost) endGroup();
        return isHeard;
      }
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
   * Runs the app's SIGTERM handlers as the signal would, unless they have run; a SIGTERM that comes later by the host's ladder is not shown to
   * them again. False when there are none.
   */
  emitSigterm(): boolean {
    if (this.#isSigtermTaken) return true;
    if (process.listenerCount('SIGTERM') === 0) return false;
    (process.emit as (event: string, name: string, number: number) => boolean)('SIGTERM', 'SIGTERM', constants.signals.SIGTERM);
    return true;
  }
}

/** SIGKILL to this process's group, itself included: the last thing it does. */
function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // it leads no group: it was not started by a host
  }
}
