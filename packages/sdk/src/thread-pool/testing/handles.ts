import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { OverlappedLike } from '../overlapped.ts';

/** A folder of the test file that imports this, gone when its tests are over. */
export const folder = mkdtempSync(join(tmpdir(), 'baton-pool-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** A new file with this content, open. */
export async function file(content: string | Buffer, flags = 'r+'): Promise<FileHandle> {
  const path = join(folder, `f${count++}`);
  writeFileSync(path, content);
  return open(path, flags);
}

/** A completion, as its routine heard it. */
export interface End {
  readonly error: number;
  readonly bytes: number;
  readonly overlapped: OverlappedLike;
}

/** A routine that keeps what it heard, and lets a test wait for so many ends. */
export function ears(): {
  readonly ends: End[];
  routine(error: number, bytes: number, overlapped: OverlappedLike): void;
  heard(count: number): Promise<End[]>;
} {
  const ends: End[] = [];
  let wake = () => {};
  return {
    ends,
    routine: (error, bytes, overlapped) => {
      ends.push({ error, bytes, overlapped });
      wake();
    },
    async heard(count) {
      while (ends.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return ends;
    },
  };
}

/** Two ends of one TCP connection. */
export async function connection(): Promise<{ near: Socket; far: Socket; server: Server }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = new Socket({ allowHalfOpen: true });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  near.connect((server.address() as { port: number }).port, '127.0.0.1');
  const [[far]] = await Promise.all([accepted, once(near, 'connect')]);
  server.close();
  return { near, far, server };
}

/** So many turns of the event loop: what was about to happen has happened. */
export const turns = async (count = 5) => {
  for (let index = 0; index < count; index++) await new Promise((resolve) => setImmediate(resolve));
};
