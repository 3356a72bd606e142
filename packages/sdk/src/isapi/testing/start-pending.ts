import type { ExtensionControlBlock } from '../extension-control-block.ts';
import { PRELOAD_LIMIT_BYTES } from '../input.ts';
import { pending, until } from './pending.ts';
import { type RunningExtension, startExtension } from './start-extension.ts';

/** A request without a body. */
export const GET = 'GET / HTTP/1.1\r\nHost: t\r\n\r\n';

/** A request whose first 48 KiB have come, and whose rest has not. */
export const POST = `POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n${'p'.repeat(PRELOAD_LIMIT_BYTES)}`;

/** More than the kernel takes for a client that does not read. */
export const HUGE = Buffer.alloc(64 << 20, 'x');

/** An extension that gives its control blocks out, and the next of them. */
export async function startPending(): Promise<RunningExtension & { next(): Promise<ExtensionControlBlock> }> {
  const given: ExtensionControlBlock[] = [];
  const running = await startExtension(pending((ecb) => given.push(ecb)));
  const next = async (): Promise<ExtensionControlBlock> => {
    await until(() => given.length > 0);
    return given.shift()!;
  };
  return Object.assign(running, { next });
}

/** What the table of a test compares of a completion. */
export const pick = ({ bytes, error }: { bytes: number; error: number }): number[] => [bytes, error];
