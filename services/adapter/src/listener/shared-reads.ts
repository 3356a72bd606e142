import { Socket } from 'node:net';

/** As much as libuv reads at once. */
const MEMORY = Buffer.allocUnsafeSlow(65_536);
/** What a socket with `onread` keeps under symbols, which Node takes for a socket that connects and not for one that was accepted. */
const [memoryKey, callbackKey, nextKey] = keysOf(new Socket({ onread: { buffer: MEMORY, callback: () => true } }));

interface Readable {
  [key: symbol]: unknown;
  readonly _handle?: { useUserBuffer?(memory: Buffer): void } | null;
}

/**
 * From now on gives what comes in by an accepted socket to `onRead`, in one memory that all connections are read into: `onread` of net.connect. Saves
 * the memory, the Buffer, the pass through the stream and the tick that Node has for each read: 8 % of an adapter's CPU per request (docs/adr/0014).
 *
 * - The bytes last until `onRead` returns; what is to stay is copied.
 * - `pause`, `resume`, 'end' and 'error' of the socket stay what they are.
 * - False, and nothing done: this Node has it under other names, or the socket is gone. Its 'data' events go on.
 */
export function readShared(socket: Socket, onRead: (bytes: Buffer) => void): boolean {
  const readable = socket as unknown as Readable;
  const handle = readable._handle;
  if (!memoryKey || !callbackKey || !nextKey || !handle?.useUserBuffer) return false;
  readable[memoryKey] = MEMORY;
  readable[nextKey] = null;
  readable[callbackKey] = (length: number) => {
    onRead(viewOf(length));
    return true;
  };
  handle.useUserBuffer(MEMORY);
  return true;
}

/** They are in the memory of all: the next read, of any connection, is written over them. */
export const isShared = (bytes: Buffer): boolean => bytes.buffer === MEMORY.buffer;

/** The same bytes, in memory that nothing else is read into. */
export const kept = (bytes: Buffer): Buffer => (isShared(bytes) ? Buffer.from(bytes) : bytes);

let view = MEMORY;

/** Most requests are as long as the one before. */
function viewOf(length: number): Buffer {
  if (view.length !== length) view = MEMORY.subarray(0, length);
  return view;
}

function keysOf(socket: Socket): (symbol | undefined)[] {
  const keys = Object.getOwnPropertySymbols(socket);
  return ['kBuffer', 'kBufferCb', 'kBufferGen'].map((name) => keys.find(({ description }) => description === name));
}
