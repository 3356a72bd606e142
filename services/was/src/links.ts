import type { control, listener } from '@baton/proto';

/** A callback of the listener adapter API, without the epoch that the link adds. */
export type Callback = listener.RegisterProtocolResponse['callback'];
/** An answer to a host, without the epoch that the link adds. */
export type HostAnswer = control.AttachResponse['answer'];

/** One open stream. */
export interface Link<T> {
  send(message: T): void;
  end(reason: string): void;
}

/** The open streams to adapters or hosts, by id. Sending to one that is away does nothing: everything is said again when it is back. */
export class Links<T> {
  readonly #open = new Map<string, Link<T>>();

  add(id: string, link: Link<T>): void {
    this.#open.set(id, link);
  }

  remove(id: string): void {
    this.#open.delete(id);
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** This very link is the open one of that id. */
  isOpen(id: string, link: Link<T>): boolean {
    return this.#open.get(id) === link;
  }

  send(id: string, message: T): void {
    this.#open.get(id)?.send(message);
  }

  /** Sends to every one. */
  broadcast(message: T): void {
    for (const link of this.#open.values()) link.send(message);
  }

  /** Ends the stream, so that the other side registers anew. */
  end(id: string, reason: string): void {
    this.#open.get(id)?.end(reason);
  }

  endAll(reason: string): void {
    for (const link of [...this.#open.values()]) link.end(reason);
  }
}
