import type { RequestHandler, ResponseStream } from '@baton/channel';
import { type AppService, NO_READER, type ServerService } from './service.ts';

/**
 * The servers of one app for one protocol: a request goes to the one that listens on the port it came to.
 *
 * A port that no server asked for by name goes to the first: bindings may be more than the app knows of, such as one with TLS beside one without.
 */
export class ByPort implements AppService {
  readonly #ports = new Map<number, ServerService>();
  /** Those that are replaced too: a close of theirs may still be held. */
  readonly #all = new Set<ServerService>();
  #first: ServerService | undefined;

  add(port: number, service: ServerService): void {
    this.#all.add(service);
    this.#ports.set(port, service);
    this.#first = this.#ports.values().next().value;
  }

  /** Its server listens elsewhere from now on: it takes nothing more, what it has goes on. */
  remove(port: number, service: ServerService): void {
    this.#all.delete(service);
    if (this.#ports.get(port) === service) this.#ports.delete(port);
    this.#first = this.#ports.values().next().value;
  }

  handle(stream: ResponseStream): RequestHandler {
    const service = (this.#ports.size > 1 ? this.#ports.get(stream.head.localPort) : undefined) ?? this.#first;
    if (service) return service.handle(stream);
    stream.reset('NOT_BEGUN', 'the app listens no more');
    return NO_READER;
  }

  release(): void {
    for (const service of this.#all) service.release();
  }
}
