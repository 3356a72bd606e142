import type { ChildProcess } from 'node:child_process';

/** What a process of the cluster told when it was ready. */
export interface ReadyFacts {
  /** By purpose: "grpc", "probe", "admin". */
  readonly ports: Readonly<Record<string, number>>;
  /** Of the process that does the work, when it is a child of the one that was started. */
  readonly pid?: number;
}

/** One process that `baton up` keeps running. */
export interface ProcessSpec {
  /** Key in cluster.json and name of its log file: "adapter-1". */
  readonly key: string;
  readonly command: string;
  /** Arguments of the next start; `previous` is what the last one told, for ports that must stay the same. */
  args(previous: ReadyFacts | undefined): readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** With an IPC channel: it says when it is ready, and stops when this process disappears. */
  readonly hasIpc: boolean;
  /** A descriptor it keeps open as long as it runs. */
  readonly keepsOpen?: number;
  /** Resolves when the process serves; is raced against its exit. */
  awaitReady(child: ChildProcess, signal: AbortSignal): Promise<ReadyFacts>;
}

/** Resolves with the ports of the `ready` message that every service sends. */
export function awaitReadyMessage(child: ChildProcess, signal: AbortSignal): Promise<ReadyFacts> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown) => {
      if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== 'ready') return;
      child.off('message', onMessage);
      signal.removeEventListener('abort', onAbort);
      resolve({ ports: 'ports' in message ? (message.ports as Record<string, number>) : {} });
    };
    const onAbort = () => {
      child.off('message', onMessage);
      reject(signal.reason);
    };
    child.on('message', onMessage);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
