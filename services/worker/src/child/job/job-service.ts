import type { RequestHandler, ResponseStream } from '@baton/channel';
import type { Processor } from '../job/find-processor.ts';
import { JobRun } from '../job/job-run.ts';
import { type AppService, NO_READER } from './service.ts';
import type { Tally } from './tally.ts';

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
