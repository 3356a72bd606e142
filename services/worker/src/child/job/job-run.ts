import {
  type JobAnswer,
  type JobDocument,
  type JobLine,
  type JobQuestion,
  jobLine,
  LineReader,
  type RequestHandler,
  type ResetCause,
  type ResponseHead,
  type ResponseStream,
} from '@baton/channel';
import { type Deferred, defer } from '@baton/core';
import { enterApp } from '../app-scope.ts';
import type { Tally } from '../service/tally.ts';
import { abortReason, failureOf } from './failure.ts';
import type { Processor } from './find-processor.ts';
import { type JobLink, WorkerJob } from './worker-job.ts';

const HEAD: ResponseHead = { status: 200, reason: 'OK', headers: '', framing: 'close', close: false };

/** Longest job, and longest answer. */
const LINE_BYTES = 64 * 1024 * 1024;

/** One job in this worker: read, run, and its end told. */
export class JobRun implements RequestHandler, JobLink {
  private readonly stream: ResponseStream;
  private readonly processor: Processor;
  private readonly tally: Tally;
  private readonly lines = new LineReader(LINE_BYTES);
  private readonly cancel = new AbortController();
  private readonly asked = new Map<number, Deferred<unknown>>();
  private questions = 0;
  /** Waits for credit; undefined: there is some. */
  private room: Deferred<void> | undefined = undefined;
  private isBegun = false;
  private isOver = false;

  constructor(stream: ResponseStream, processor: Processor, tally: Tally) {
    this.stream = stream;
    this.processor = processor;
    this.tally = tally;
  }

  // ---- frames of the adapter -------------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    this.stream.consumed(chunk.length);
    const lines = this.lines.read(chunk);
    if (!lines) {
      this.stream.reset('TOO_LARGE', `a job has at most ${LINE_BYTES} bytes`);
      this.onReset('TOO_LARGE', '');
      return;
    }
    for (const line of lines) {
      if (this.isBegun) this.answered(JSON.parse(line) as JobAnswer);
      else this.begin(JSON.parse(line) as JobDocument);
    }
  }

  onEnd(): void {}

  onReset(cause: ResetCause, text: string): void {
    if (this.isOver) return;
    this.isOver = true;
    const reason = abortReason(cause, text);
    for (const { reject } of this.asked.values()) reject(reason);
    this.asked.clear();
    this.onCredit();
    if (this.isBegun) enterApp(this.abort, this, reason);
  }

  onCredit(): void {
    this.room?.resolve();
    this.room = undefined;
  }

  // ---- the job's own calls ---------------------------------------------------------------------------------------

  async tell(line: JobLine): Promise<void> {
    this.send(line);
    await this.room?.promise;
  }

  async ask(what: JobQuestion, args: readonly unknown[]): Promise<unknown> {
    if (this.isOver) throw abortReason('CLIENT_CLOSED', `${what} comes too late`);
    const id = ++this.questions;
    const answer = defer<unknown>();
    this.asked.set(id, answer);
    this.send({ type: 'ask', id, what, args });
    return await answer.promise;
  }

  // ---- the inside ------------------------------------------------------------------------------------------------

  private begin(document: JobDocument): void {
    this.isBegun = true;
    this.tally.begin();
    // The adapter learns that it was begun: from here on it is not given to anybody else as if it had not been.
    this.stream.sendHead(HEAD);
    enterApp(this.run, this, new WorkerJob(document, headerOf(this.stream.head.headers, 'traceparent'), this));
  }

  private run(job: WorkerJob): void {
    // A processor that throws before its first await fails like one that rejects.
    void (async () => await this.processor(job, job.token, this.cancel.signal))()
      .then((value): JobLine => ({ type: 'completed', value: value ?? null }))
      .catch(failureOf)
      .then((line) => this.finish(line));
  }

  private finish(line: JobLine): void {
    try {
      this.send(line);
    } catch (error) {
      // What it returned is no JSON: BullMQ fails such a job, too.
      this.send(failureOf(error));
    }
    if (!this.isOver) this.stream.end();
    this.isOver = true;
    this.tally.end();
  }

  private send(line: JobLine): void {
    const bytes = jobLine(line);
    if (this.isOver) return;
    if (!this.stream.write(bytes)) this.room ??= defer();
  }

  private answered({ id, value, error }: JobAnswer): void {
    const answer = this.asked.get(id);
    this.asked.delete(id);
    if (error === undefined) answer?.resolve(value);
    else answer?.reject(new Error(error));
  }

  private abort(reason: Error): void {
    this.cancel.abort(reason);
  }
}

/** A header's value by its name in small letters; empty: there is none. */
function headerOf(headers: readonly string[], name: string): string {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return headers[i + 1] ?? '';
  return '';
}
