import { type EndingFacts, type HolderFacts, MOST_MOVES, Work } from '@baton/adapter-kit';
import { type AdapterSession, type JobLine, jobLine, LineReader, type RequestStream, type ResetCause, type Timings } from '@baton/channel';
import type { ErrorCode } from '@baton/core';
import type { BullQueue } from './bull/bull-queue.ts';
import type { Hold } from './bull/hold.ts';
import { JobCalls } from './job-calls.ts';
import { jobDocument } from './job-document.ts';
import type { JobTrace } from './job-trace.ts';
import { type JobEnd, type LastLine, settle } from './settle.ts';

/** Longest line of a worker, bytes. */
const LINE_BYTES = 64 * 1024 * 1024;

export interface JobWorkParts {
  readonly queue: BullQueue;
  readonly queueName: string;
  readonly prefix: string;
  readonly hold: Hold;
  readonly trace: JobTrace | undefined;
  readonly now: () => number;
  readonly events: JobEvents;
}

export interface JobEvents {
  /** A worker took it. */
  onDelivered(work: JobWork): void;
  /** It goes back because no worker took it: nothing is to be tried at once. */
  onGivenBack(work: JobWork): void;
  /** It is not held any more. Once. */
  onEnded(work: JobWork): void;
  onError(work: JobWork, error: Error): void;
}

/** How a job ended here. */
export type Ended = JobEnd | 'stalled' | 'given-back';

/**
 * One held job from its admission to its end in Redis.
 *
 * - It has no client, so nothing of Baton's own ends it: where a request is refused, a job is given back to the front of its queue, uncounted.
 * - The last line decides: once that was read, the death of the worker changes nothing.
 */
export class JobWork extends Work {
  readonly hold: Hold;
  readonly queueName: string;
  readonly trace: JobTrace | undefined;
  reason = '';
  outcome: Ended | undefined = undefined;
  private readonly queue: BullQueue;
  private readonly prefix: string;
  private readonly events: JobEvents;
  private readonly calls: JobCalls;
  private lines = new LineReader(LINE_BYTES);
  private last: LastLine | undefined = undefined;
  /** A worker may have begun it. */
  private isBegun = false;

  constructor({ queue, queueName, prefix, hold, trace, now, events }: JobWorkParts) {
    super(now);
    this.queue = queue;
    this.queueName = queueName;
    this.prefix = prefix;
    this.hold = hold;
    this.trace = trace;
    this.events = events;
    this.calls = new JobCalls(queue, hold, (answer) => this.isOpen && this.stream?.write(jobLine(answer)));
    hold.lost.signal.addEventListener('abort', () => this.lose(), { once: true });
  }

  override get holder(): HolderFacts {
    return { kind: 'job', what: `${this.queueName}/${this.hold.id}`, client: '' };
  }

  // ---- to a worker -----------------------------------------------------------------------------------------------

  protected openOn(session: AdapterSession, deadlineMs: number, nowMs: number): RequestStream {
    this.isBegun = true;
    this.lines = new LineReader(LINE_BYTES);
    const traceparent = this.trace?.deliver(session.identity, nowMs) ?? this.hold.traceparent;
    const head = {
      protocol: 'queue',
      appKey: this.app!.appKey,
      method: 'JOB',
      url: `queue://${this.queueName}`,
      httpVersion: '1.1',
      headers: traceparent === undefined ? [] : ['traceparent', traceparent],
      remoteAddress: '',
      remotePort: 0,
      localAddress: '',
      localPort: 0,
      encrypted: false,
      deadlineMs,
    } as const;
    return session.open(head, false, this);
  }

  protected opened(stream: RequestStream): void {
    stream.write(jobLine(jobDocument(this.hold, this.prefix)));
    this.events.onDelivered(this);
  }

  protected override departed(kind: 'move' | 'replay'): void {
    this.isBegun = false;
    this.trace?.leave(undefined, kind, this.now());
  }

  // ---- the worker's frames ---------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    if (!this.isOpen) return;
    const lines = this.lines.read(chunk);
    if (!lines) {
      this.breakOff(`the worker sent a line of more than ${LINE_BYTES} bytes`);
      return;
    }
    for (const text of lines) {
      const line = parseLine(text);
      if (!line) {
        this.breakOff(`the worker sent a line that is none of a job: ${text.slice(0, 100)}`);
        return;
      }
      if (line.type === 'completed' || line.type === 'failed') this.last ??= line;
      else if (!this.last) this.calls.give(line);
    }
    const { stream } = this;
    void this.calls.done.then(() => stream?.consumed(chunk.length));
    // No answer follows: the request's own half ends, too.
    if (this.last) stream?.end();
  }

  onEnd(_trailers: readonly string[] | undefined, timings: Timings | undefined): void {
    if (!this.isOpen) return;
    if (!this.last) {
      this.breakOff('the worker ended the job and did not say how');
      return;
    }
    this.trace?.leave(timings, undefined, this.now());
    this.answered();
    this.finish(false);
  }

  override onReset(cause: ResetCause, text: string): void {
    if (this.isDone) return;
    if (this.last) {
      this.answered();
      this.finish(false);
      return;
    }
    // Nobody begins it here: it goes back as it came.
    if (cause === 'NOT_BEGUN' && this.moves >= MOST_MOVES) this.isBegun = false;
    if (STALLS.has(cause)) this.stall(cause === 'SESSION_CLOSED' ? 'WORKER_RESET' : (cause as ErrorCode), text || cause);
    else super.onReset(cause, text);
  }

  protected facts(): EndingFacts {
    return { isStarted: false, hasInterim: false, isResponseEnded: false, isMovable: true, isReplayable: false };
  }

  // ---- endings ---------------------------------------------------------------------------------------------------

  /** The adapter stops and does not wait any longer: its run here counts no more, and is repeated elsewhere. */
  abandon(): void {
    if (!this.isOpen) this.refuse('ADAPTER_DRAINING', 'the adapter stops');
    else if (!this.last) {
      this.stream?.reset('CLIENT_CLOSED', 'the adapter stops');
      this.stall('ADAPTER_DRAINING', 'its adapter stopped');
    }
  }

  /** Its worker died with it: for a recycle it runs once more, elsewhere or not. */
  private stall(code: ErrorCode, cause: string): void {
    this.reason = cause;
    this.answered('replayed');
    this.fail(code);
    this.app!.counters.replayed++;
    this.finish(true);
  }

  /** Somebody else has it, or it was removed: what its run brings counts no more. */
  private lose(): void {
    if (this.isDone) return;
    this.reason = 'its lock was lost';
    this.endForClient('JOB_LOST');
  }

  protected tell(_code: ErrorCode, cause: string): boolean {
    this.reason = cause;
    return false;
  }

  protected ended(): void {
    void this.conclude()
      .then((outcome) => {
        this.outcome = outcome;
      })
      .catch((error: Error) => {
        this.outcome = 'lost';
        this.events.onError(this, error);
      })
      .finally(() => this.events.onEnded(this));
  }

  /** Does in Redis what its end asks for, behind all that the job has said. */
  private async conclude(): Promise<Ended> {
    const { queue, hold, calls, errorCode, reason } = this;
    if (errorCode === 'JOB_LOST') return 'lost';
    if (!this.isBegun) {
      this.events.onGivenBack(this);
      return (await queue.giveBack(hold)) ? 'given-back' : 'lost';
    }
    await calls.done;
    if (errorCode === undefined) return await settle(queue, hold, calls, this.last!);
    if (errorCode === 'REQUEST_TIMEOUT' || errorCode === 'BAD_RESPONSE') {
      return await settle(queue, hold, calls, failed(`${errorCode}: ${reason}`));
    }
    if (calls.hasMoved) {
      await queue.dismiss(hold);
      return 'moved';
    }
    return (await queue.stall(hold, reason)) === 0 ? 'lost' : 'stalled';
  }
}

/** Ends of a stream that say nothing of the processor, and after which it does not run there any more. */
const STALLS: ReadonlySet<ResetCause> = new Set<ResetCause>(['WORKER_DIED', 'LINK_LOST', 'SESSION_CLOSED']);

const failed = (message: string): LastLine => ({ type: 'failed', name: 'Error', message, stack: '', unrecoverable: false });

function parseLine(text: string): JobLine | undefined {
  try {
    const line = JSON.parse(text) as JobLine;
    return TYPES.has(line?.type) ? line : undefined;
  } catch {
    return undefined;
  }
}

const TYPES: ReadonlySet<unknown> = new Set<JobLine['type']>(['progress', 'log', 'data', 'ask', 'completed', 'failed']);
