import type { RequestHandler, ResponseStream } from '@baton/channel';
import type { AppService } from '../service/service.ts';

/** Takes the requests of an app that has modules: the modules hear that it starts before the first one, whatever its protocol. */
export class StartingService implements AppService {
  readonly #service: AppService;
  readonly #start: () => void;

  /** `start` is called before each request. */
  constructor(service: AppService, start: () => void) {
    this.#service = service;
    this.#start = start;
  }

  handle(stream: ResponseStream): RequestHandler {
    this.#start();
    return this.#service.handle(stream);
  }

  release(): void {
    this.#service.release();
  }
}
