import type { IncomingMessage, ServerResponse } from 'node:http';
import { RQ_AUTHENTICATE_REQUEST } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { ApplicationContext } from '../context/application-context.ts';
import type { ChildRun, ContextRun, WhenDone } from '../context/context-run.ts';
import { HostedContext } from '../context/hosted-context.ts';
import type { CompletionEntry, ExecutionStats } from '../context/http-context.ts';
import { HostError } from '../errors/host-error.ts';
import type { TraceContext, WriteLog } from '../server/server-host.ts';
import { disposeModules } from './dispose-modules.ts';
import { readStats } from './execution-stats.ts';
import { ModuleInstance } from './module-instance.ts';
import type { Pipeline, RunOptions } from './pipeline.ts';
import type { Plan } from './plan.ts';
import { providerOf } from './provider-of.ts';
import type { Registration } from './registration.ts';
import { reportFailure } from './reports.ts';
import { CALLING_APP, IN_APP, IN_STEPS, OVER, SENDING } from './run-phase.ts';
import { Walk } from './walk.ts';
import { WalkStack } from './walk-stack.ts';

/** Hands the request to the app; `done`: the connection is the app's own (an upgrade), and has ended. */
export type Execute = (done: () => void) => void;

/** One request in the pipeline: which step it is in, who works on it, and what comes next. */
export class RequestRun implements ContextRun, ChildRun {
  readonly pipeline: Pipeline;
  readonly context: HostedContext;
  readonly startedAtMs = Date.now();
  readonly application: ApplicationContext;
  readonly log: WriteLog;
  readonly trace: TraceContext | undefined;
  /** Unix ms; 0 = none. */
  readonly deadlineAtMs: number;
  readonly walks: WalkStack;
  isResponseEnded = false;
  /** When the step began that it is in, Unix ms. */
  stepAtMs = 0;
  readonly #options: RunOptions | undefined;
  readonly #plan: Plan;
  readonly #steps: Walk;
  #execute: Execute | undefined;
  #position = -1;
  #phase = IN_STEPS;
  #skipMask = 0;
  /** Somebody has finished the request from out of sequence. */
  #isFinishing = false;
  /** The app's answer has been replaced by that of an error: nothing it says is waited for. */
  #isAppDropped = false;
  #newestInstance: ModuleInstance | undefined = undefined;

  constructor(
    pipeline: Pipeline,
    plan: Plan,
    req: IncomingMessage,
    res: ServerResponse,
    execute: Execute,
    options?: RunOptions,
    parent?: HostedContext,
  ) {
    this.pipeline = pipeline;
    this.#plan = plan;
    this.#execute = execute;
    this.#options = options;
    this.application = pipeline.application;
    this.log = pipeline.log;
    this.trace = options?.trace;
    this.deadlineAtMs = options?.deadlineAtMs ?? 0;
    this.#steps = new Walk(this);
    this.walks = new WalkStack(this.#steps);
    this.context = new HostedContext(this, req, res, parent);
  }

  /** Brings the request on its way; once. `skipAuthentication`: its user is known. */
  start(skipAuthentication = false): void {
    if (skipAuthentication) this.#skipMask = RQ_AUTHENTICATE_REQUEST;
    this.pipeline.enter(this);
    this.#advance(RQ_NOTIFICATION_CONTINUE);
  }

  // ---- the twelve steps -----------------------------------------------------------------------------------------

  /** Goes on from the stage that has ended with `ended`, until one is PENDING or all are over. */
  #advance(ended: number): void {
    const { stages } = this.#plan;
    let status = ended;
    while (status !== RQ_NOTIFICATION_PENDING) {
      this.#position = this.#nextPosition(status);
      const stage = stages[this.#position];
      if (!stage) {
        this.#send();
        return;
      }
      this.stepAtMs = Date.now();
      if (stage.own === 'app') status = this.#callApp();
      else if (stage.own === 'user') status = this.#settleUser();
      else if ((this.#skipMask & stage.notification) !== 0) status = RQ_NOTIFICATION_CONTINUE;
      else status = this.#steps.start(stage, providerOf(stage, this.context));
    }
  }

  #nextPosition(status: number): number {
    const before = this.#plan.stages[this.#position];
    const isFinished = status === RQ_NOTIFICATION_FINISH_REQUEST || (this.#isFinishing && !before?.isEnding);
    if (!before || !isFinished) return this.#position + 1;
    this.#settleUser();
    return this.#plan.finishAt[this.#position]!;
  }

  #settleUser(): number {
    this.context.endAuthentication();
    return RQ_NOTIFICATION_CONTINUE;
  }

  #callApp(): number {
    const execute = this.#execute!;
    this.#execute = undefined;
    // A client that has left gets no answer, and an app that is given its request would wait for a 'close' that has been said.
    if (this.context.isHandled || this.isResponseEnded || this.context.response.isAnswered) return RQ_NOTIFICATION_CONTINUE;
    this.context.response.openToApp();
    if (this.context.res.closed) {
      // It has left while a module had the request: the response says so in a moment.
      this.#phase = IN_APP;
      return RQ_NOTIFICATION_PENDING;
    }
    this.#phase = CALLING_APP;
    try {
      execute(() => this.responseEnded());
    } catch (error) {
      // The app's own, which ends where it does without modules: as an uncaught exception.
      process.nextTick(rethrow, error);
    }
    this.#phase = IN_APP;
    if (!this.#mayGoOn) return RQ_NOTIFICATION_PENDING;
    this.#phase = IN_STEPS;
    return RQ_NOTIFICATION_CONTINUE;
  }

  /** The response is out, or has nobody to go to, or is not the app's any more; and nobody works on it. */
  get #mayGoOn(): boolean {
    return this.walks.hasStepsAlone && (this.isResponseEnded || (this.#isAppDropped && this.#phase !== SENDING));
  }

  /** The response has gone out whole, or its connection is broken. */
  responseEnded(): void {
    this.isResponseEnded = true;
    this.goOn();
  }

  /** Leaves the app, or the request, when nothing is to be waited for any more. */
  goOn(): void {
    if (!this.#mayGoOn) return;
    if (this.#phase === SENDING) this.#end();
    else if (this.#phase === IN_APP) {
      this.#phase = IN_STEPS;
      this.#advance(RQ_NOTIFICATION_CONTINUE);
    }
  }

  #send(): void {
    this.#phase = SENDING;
    this.#execute = undefined;
    if (this.isResponseEnded) this.goOn();
    else this.context.response.sendAtEnd();
  }

  #end(): void {
    this.#phase = OVER;
    disposeModules(this.#newestInstance);
    this.context.close();
    this.pipeline.left(this);
  }

  /** The app has the request, and no module works on it. */
  get isInApp(): boolean {
    return this.#phase === IN_APP && this.walks.hasStepsAlone;
  }

  // ---- out of sequence ------------------------------------------------------------------------------------------

  isSubscribed(notification: number): boolean {
    return (this.#plan.unsequencedMask & notification) !== 0;
  }

  /**
   * Raises one out of sequence: CONTINUE, FINISH_REQUEST, or PENDING; then `whenDone` hears the end, once. Without it who is PENDING is left behind.
   *
   * - FINISH_REQUEST, and an error, also send the request on to RQ_LOG_REQUEST when the step in whose midst this was has ended.
   */
  raise<P extends object>(notification: number, provider: P, whenDone?: WhenDone<P>): number {
    const stage = this.#plan.unsequenced.get(notification);
    if (!stage || this.#phase === OVER) return RQ_NOTIFICATION_CONTINUE;
    const walk = new Walk(this, whenDone as WhenDone<object> | undefined);
    this.walks.push(walk);
    const status = walk.start(stage, provider);
    if (status === RQ_NOTIFICATION_PENDING && whenDone) return status;
    if (status === RQ_NOTIFICATION_PENDING) walk.leaveBehind();
    this.#leave(walk, status);
    // Whoever raised this is still at it.
    if (this.#mayGoOn) process.nextTick(goOn, this);
    return status;
  }

  /** A walk that had been left PENDING has ended. */
  walked(walk: Walk, status: number): void {
    if (walk === this.#steps) {
      this.#advance(status);
      return;
    }
    this.#leave(walk, status);
    walk.whenDone?.(status, walk.provider);
    this.goOn();
  }

  #leave(walk: Walk, status: number): void {
    if (status === RQ_NOTIFICATION_FINISH_REQUEST) this.#isFinishing = true;
    this.walks.remove(walk);
  }

  // ---- modules --------------------------------------------------------------------------------------------------

  /** What works for a module on this request; made when it is first asked for. */
  instanceOf(registration: Registration): ModuleInstance {
    for (let instance = this.#newestInstance; instance; instance = instance.older)
      if (instance.registration === registration) return instance;
    this.#newestInstance = new ModuleInstance(registration, this, this.#newestInstance);
    return this.#newestInstance;
  }

  disableNotifications(mask: number, postMask: number): void {
    this.walks.mustFindOwner('disableNotifications').disable(mask, postMask);
  }

  getIsLastNotification(status: number): boolean {
    return this.walks.mustFindOwner('getIsLastNotification').isLast(status);
  }

  /** The app comes next, when the step that it is in is through. */
  get isBeforeApp(): boolean {
    return this.#plan.stages[this.#position + 1]?.own === 'app';
  }

  // ---- completion -----------------------------------------------------------------------------------------------

  /** Completes for the module that is at work, or has left the request PENDING last. */
  indicateCompletion(status: number): void {
    this.walks.mustFindOwner('indicateCompletion').indicate(status, this.indicateCompletion);
  }

  postCompletion(bytes = 0, error = 0, routine?: CompletionEntry): void {
    this.walks.mustFindOwner('postCompletion').post(bytes, error, routine, this.postCompletion);
  }

  get executionStats(): ExecutionStats {
    return readStats(this);
  }

  // ---- errors ---------------------------------------------------------------------------------------------------

  /** Something else than a handler has failed: 500, or a reset; RQ_LOG_REQUEST and RQ_END_REQUEST still run. */
  fail(error: unknown, place: string, module?: string): void {
    reportFailure(this.log, place, error, module);
    this.#isFinishing = true;
    this.answerWith(500);
    if (this.#isAppDropped) process.nextTick(goOn, this);
  }

  /** An error's answer in place of what is not out; a broken connection when something is. */
  answerWith(statusCode: number): void {
    const { response } = this.context;
    response.failWith(statusCode);
    this.#isAppDropped ||= !response.hasStarted;
  }

  // ---- child requests -------------------------------------------------------------------------------------------

  createChild(req: IncomingMessage, res: ServerResponse, parent: HostedContext): ChildRun {
    const serve = this.#options?.serve;
    if (!serve) throw new HostError('ERROR_NOT_SUPPORTED', 'The host of this request cannot hand child requests to the app.');
    return new RequestRun(this.pipeline, this.#plan, req, res, () => serve(req, res), this.#options, parent);
  }
}

function goOn(run: RequestRun): void {
  run.goOn();
}

function rethrow(error: unknown): never {
  throw error;
}
