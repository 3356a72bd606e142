import type { Socket } from 'node:net';
import { HSE_REQ_IO_COMPLETION } from '../../constants/isapi.ts';
import type { ExtensionControlBlock } from '../extension-control-block.ts';
import { PRELOAD_LIMIT_BYTES } from '../input.ts';
import { pending, Recorder, until } from './pending.ts';
import { type RunningExtension, startExtension } from './start-extension.ts';

/** A request without a body. */
export const GET = 'GET / HTTP/1.1\r\nHost: t\r\n\r\n';

/** A request whose first 48 KiB have come, and whose rest has not. */
export const POST = `POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n${'p'.repeat(PRELOAD_LIMIT_BYTES)}`;

/** More than the kernel takes for a client that does not read. */
export const HUGE = Buffer.alloc(64 << 20, 'x');

/** An extension at work that gives its control blocks out. */
export interface RunningPending extends RunningExtension {
  /** The next of them. */
  next(): Promise<ExtensionControlBlock>;
  /** That of a request whose client reads nothing; the recorder hears of its operations. */
  unread(text: string): Promise<{ socket: Socket; ecb: ExtensionControlBlock; recorder: Recorder }>;
}

/** Starts one; `begin` is what it does with each before it returns. */
export async function startPending(begin: (ecb: ExtensionControlBlock) => void = () => {}): Promise<RunningPending> {
  const given: ExtensionControlBlock[] = [];
  const running = await startExtension(
    pending((ecb) => {
      given.push(ecb);
      begin(ecb);
    }),
  );
  const next = async (): Promise<ExtensionControlBlock> => {
    await until(() => given.length > 0);
    return given.shift()!;
  };
  const unread = async (text: string) => {
    const socket = running.dial(text);
    socket.pause();
    const ecb = await next();
    const recorder = new Recorder();
    ecb.serverSupportFunction(HSE_REQ_IO_COMPLETION, recorder.routine);
    return { socket, ecb, recorder };
  };
  return Object.assign(running, { next, unread });
}

/** What the table of a test compares of a completion. */
export const pick = ({ bytes, error }: { bytes: number; error: number }): number[] => [bytes, error];
