import type { ChildProcess } from 'node:child_process';
import type { ChildMessage, HostMessage } from '../messages.ts';
import { signalGroup } from './group.ts';
import { AppOutput, type LineSink } from './output.ts';
import type { OutputBudgetOptions } from './output-budget.ts';

/** How a child process ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It could not be created: the reason. */
  readonly spawnError: string | undefined;
  readonly tellingLine: string;
}

/** Whoever has the child hears these. `onEnd` is the last, exactly once. */
export interface ChildOwner {
  onMessage(message: ChildMessage): void;
  onEnd(end: ChildEnd): void;
}

/** After `exit` the pipes normally close at once; a grandchild in a group of its own can hold them open, and is not waited for. */
const PIPES_CLOSE_MS = 50;

/**
 * One child process with its group, its messages and its output; a spare first, or a worker from the start.
 * When the process has exited, its whole group is killed before `onEnd`, so that grandchildren go with it.
 */
export class Child {
  readonly pid: number;
  readonly output: AppOutput | undefined;
  readonly #process: ChildProcess;
  #owner: ChildOwner;
  #isReady = false;
  #end: ChildEnd | undefined;

  constructor(process: ChildProcess, owner: ChildOwner, sink: LineSink, budget?: OutputBudgetOptions) {
    this.#process = process;
    this.#owner = owner;
    this.pid = process.pid ?? 0;
    const { stdout, stderr } = process;
    this.output = stdout && stderr ? new AppOutput({ stdout, stderr }, sink, budget) : undefined;
    process.on('message', (message) => this.#hear(message as ChildMessage));
    // also a signal or a message that could not be delivered: the process is there, and its end is told by 'exit'
    process.on('error', (error) => {
      if (this.pid === 0) this.#finish({ code: null, signal: null, spawnError: error.message, tellingLine: '' });
    });
    process.once('exit', (code, signal) => this.#exited(code, signal));
  }

  /** Loaded itself and waits for `assign`, or is past that. */
  get isReady(): boolean {
    return this.#isReady;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Gives the child to another owner; one that has ended already is told so on the next turn. */
  adopt(owner: ChildOwner, sink: LineSink): void {
    this.#owner = owner;
    this.output?.redirect(sink);
    const end = this.#end;
    if (end) setImmediate(() => owner.onEnd(end));
  }

  /** Sends a message; one that cannot arrive any more is forgotten, the end of the process is told anyway. */
  send(message: HostMessage): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** SIGTERM to the process alone: its grandchildren are its own business while it lives. */
  terminate(): void {
    this.#process.kill('SIGTERM');
  }

  /** SIGKILL to the process and everything in its group. */
  kill(): void {
    if (this.#end) return;
    if (!signalGroup(this.pid, 'SIGKILL')) this.#process.kill('SIGKILL');
  }

  #hear(message: ChildMessage): void {
    if (message === null || typeof message !== 'object') return;
    this.#isReady = true;
    this.#owner.onMessage(message);
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    signalGroup(this.pid, 'SIGKILL');
    const finish = (): void => {
      clearTimeout(timer);
      this.output?.end();
      this.#finish({ code, signal, spawnError: undefined, tellingLine: this.output?.tellingLine ?? '' });
    };
    // 'close' comes when pipes and IPC are read to their end: the last message and the last line are in
    const timer = setTimeout(finish, PIPES_CLOSE_MS);
    this.#process.once('close', finish);
  }

  #finish(end: ChildEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#owner.onEnd(end);
  }
}
