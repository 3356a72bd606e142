import type { RequestHandler, ResponseStream } from '@baton/channel';
import { type AppService, NO_READER } from './service.ts';

/** The one place that picks who takes a request: by its protocol and the application it names. */
export class Services {
  readonly #apps = new Map<string, Map<string, AppService>>();
  /** Who took the last request, and its names: most workers have one app and one protocol. */
  #latest: AppService | undefined;
  #appKey = '';
  #protocol = '';

  /** An application of this worker; what it takes is told by `set`. */
  open(appKey: string): void {
    this.#apps.set(appKey, new Map());
  }

  /** `service` takes the requests of `protocol` for the application from now on. */
  set(appKey: string, protocol: string, service: AppService): void {
    this.#apps.get(appKey)?.set(protocol, service);
    this.#latest = undefined;
  }

  /** `appKey`: the channel is for this application alone, whatever its requests name. */
  handle(stream: ResponseStream, appKey: string = stream.head.appKey): RequestHandler {
    const { protocol } = stream.head;
    if (this.#latest !== undefined && appKey === this.#appKey && protocol === this.#protocol) return this.#latest.handle(stream);
    const service = this.#apps.get(appKey)?.get(protocol);
    if (!service) {
      stream.reset('NOT_BEGUN', this.#explain(appKey, protocol));
      return NO_READER;
    }
    this.#latest = service;
    this.#appKey = appKey;
    this.#protocol = protocol;
    return service.handle(stream);
  }

  /** What `staged` has for the application takes its requests from now on, in one step. Who took them before is told that no more come. */
  adopt(appKey: string, staged: Services): void {
    const before = this.#apps.get(appKey);
    this.#apps.set(appKey, staged.#apps.get(appKey) ?? new Map());
    this.#latest = undefined;
    for (const service of before?.values() ?? []) service.release();
  }

  /** The worker is drained, or its time is over. */
  release(): void {
    for (const services of this.#apps.values()) for (const service of services.values()) service.release();
  }

  #explain(appKey: string, protocol: string): string {
    const services = this.#apps.get(appKey);
    if (services) return `application ${appKey} takes ${[...services.keys()].join(' and ') || 'nothing yet'}, not ${protocol}`;
    return `this worker hosts ${[...this.#apps.keys()].join(' and ') || 'no application yet'}, and no application "${appKey}"`;
  }
}
