import type { RequestHandler, ResponseStream } from '@baton/channel';
import { type AppService, NO_READER } from '../service/service.ts';
import type { Tally } from '../service/tally.ts';
import type { Processor } from './find-processor.ts';
import { JobRun } from './job-run.ts';

/** Gives jobs of the channels to the processor that an app exports. */
export class JobService implements AppService {
  readonly #processor: Processor;
  readonly #tally: Tally;
  #isReleased = false;

  constructor(processor: Processor, tally: Tally) {
    this.#processor = processor;
    this.#tally = tally;
  }

  handle(stream: ResponseStream): RequestHandler {
    if (!this.#isReleased) return new JobRun(stream, this.#processor, this.#tally);
    stream.reset('NOT_BEGUN', 'the worker is leaving');
    return NO_READER;
  }

  release(): void {
    this.#isReleased = true;
  }
}
