import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Environment } from './environment.ts';
import type { SpawnKey } from './spawn-key.ts';

export interface SpawnFacts {
  /** Node to run the child with. */
  readonly execPath: string;
  /** The child's own program, absolute. */
  readonly childMain: string;
  /** Working directory until the app is assigned. */
  readonly cwd: string;
  /** What of the host's environment an app may see. */
  readonly inherited: Environment;
}

/**
 * Creates a child process: leader of a group of its own, IPC, stdout and stderr as pipes, no stdin.
 * Never throws; what went wrong comes as the process's 'error' event.
 */
export function spawnChild(facts: SpawnFacts, key: SpawnKey): ChildProcess {
  try {
    return spawn(facts.execPath, [...key.execArgv, facts.childMain], {
      cwd: facts.cwd,
      env: { ...facts.inherited, ...key.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
      ...(key.uid === undefined ? {} : { uid: key.uid }),
      ...(key.gid === undefined ? {} : { gid: key.gid }),
    });
  } catch (error) {
    return failedProcess(error);
  }
}

function failedProcess(error: unknown): ChildProcess {
  const process = Object.assign(new EventEmitter(), { pid: undefined, connected: false, stdout: null, stderr: null, kill: () => false });
  setImmediate(() => process.emit('error', error));
  return process as unknown as ChildProcess;
}
