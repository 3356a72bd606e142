import type { RequestHead, ResponseStream } from '@baton/channel';

/** Where an adapter under test is opened. */
export interface SubjectPlace {
  readonly id: string;
  readonly was: readonly string[];
  readonly secret: string;
}

/** How one piece of work ended for its client. */
export type SentOutcome =
  | { readonly kind: 'answered'; readonly text: string }
  /** Ended without a worker's answer, or given up because the signal said so. */
  | { readonly kind: 'failed' }
  /** Nobody listens there. */
  | { readonly kind: 'unreachable' };

/** An adapter that is registering with the suite's WAS. */
export interface RunningSubject {
  /** Sends one piece of work in by a binding, to be answered by the worker with a text. */
  send(binding: string, text: string, signal: AbortSignal): Promise<SentOutcome>;
  /** Ends it in the documented order. */
  stop(): Promise<void>;
}

/** A listener adapter as the suite sees it, and the app's side of its protocol. */
export interface Subject {
  /** Said behind its protocol in the names of the tests, where one is run in several ways. @default nothing */
  readonly variant?: string;
  /** As it registers. */
  readonly protocol: string;
  /** Makes a binding that nobody uses: a free port, a new name. */
  createBinding(): Promise<string>;
  open(place: SubjectPlace): Promise<RunningSubject>;
  /** In the worker: the text of a piece of work; undefined while its body is not all there. */
  read(head: RequestHead, body: Buffer): string | undefined;
  /** In the worker: the whole answer. */
  answer(stream: ResponseStream, text: string): void;
  /**
   * answer: a client is told when its work cannot be done. silent: the protocol has no way to (UDP). keep: the work is kept and done later (queues);
   * then nothing is refused, and what a dead worker had begun is begun again.
   */
  readonly onFailure: 'answer' | 'silent' | 'keep';
}
