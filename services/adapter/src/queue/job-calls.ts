import { JOB_QUESTIONS, type JobAnswer, type JobLine, type JobQuestion } from '@baton/channel';
import type { BullQueue } from './bull/bull-queue.ts';
import type { Hold } from './bull/hold.ts';

type Call = Exclude<JobLine, { type: 'completed' | 'failed' }>;

const QUESTIONS: ReadonlySet<string> = new Set(JOB_QUESTIONS);

/**
 * Does in Redis what a running job says and asks, one after the other.
 *
 * - What cannot be done fails the job when it ends, unless it was asked: then the processor hears of it.
 */
export class JobCalls {
  /** The job has moved itself: it is not active any more. */
  hasMoved = false;
  fault: Error | undefined = undefined;
  private chain: Promise<void> = Promise.resolve();
  private readonly queue: BullQueue;
  private readonly hold: Hold;
  private readonly answer: (answer: JobAnswer) => void;

  constructor(queue: BullQueue, hold: Hold, answer: (answer: JobAnswer) => void) {
    this.queue = queue;
    this.hold = hold;
    this.answer = answer;
  }

  /** Everything given so far is done. Never rejects. */
  get done(): Promise<void> {
    return this.chain;
  }

  give(call: Call): void {
    this.chain = this.chain
      .then(() => this.obey(call))
      .catch((error: Error) => {
        this.fault ??= error;
      });
  }

  private async obey(call: Call): Promise<void> {
    const { job } = this.hold;
    switch (call.type) {
      case 'progress':
        return await job.updateProgress(call.value as object);
      case 'log':
        return void (await job.log(call.row));
      case 'data':
        return await job.updateData(call.value);
      case 'ask': {
        const { id, what, args } = call;
        try {
          this.answer({ type: 'answer', id, value: (await this.ask(what, args)) ?? null });
        } catch (error) {
          this.answer({ type: 'answer', id, error: error instanceof Error ? error.message : String(error) });
        }
      }
    }
  }

  private async ask(what: JobQuestion, args: readonly unknown[]): Promise<unknown> {
    if (!QUESTIONS.has(what)) throw new Error(`job.${what} is not known here`);
    const { job, token } = this.hold;
    const [first] = args;
    switch (what) {
      case 'moveToDelayed':
        await this.moving(() => job.moveToDelayed(Number(first), token));
        return;
      case 'moveToWait':
        await this.moving(() => job.moveToWait(token));
        return;
      case 'moveToWaitingChildren':
        return await this.moving(() => job.moveToWaitingChildren(token, { ...(first as object) }));
      case 'getChildrenValues':
        return await job.getChildrenValues();
      case 'getIgnoredChildrenFailures':
        return await job.getIgnoredChildrenFailures();
      case 'getDependencies':
        return await job.getDependencies({ ...(first as object) });
      case 'getDependenciesCount':
        return await job.getDependenciesCount({ ...(first as object) });
    }
  }

  /** The lock goes with the move: it must not be missed by a renewal. False: the job stays. */
  private async moving<T>(move: () => Promise<T>): Promise<T> {
    this.queue.holds.delete(this.hold);
    try {
      const moved = await move();
      if (moved === false) this.queue.holds.add(this.hold);
      else this.hasMoved = true;
      return moved;
    } catch (error) {
      this.queue.holds.add(this.hold);
      throw error;
    }
  }
}
