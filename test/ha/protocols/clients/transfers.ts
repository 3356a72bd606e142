import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { Transform, type TransformCallback } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { numberOf, type Protocol, type Sight, sightOf, wrong } from '../protocol.ts';

const MIB = 2 ** 20;
/** More than the connections on the way hold, so that the worker has to wait for a client that reads slowly. */
const DOWNLOAD = 8 * MIB;
const UPLOAD = 3 * MIB;
const TURN_MS = 20;
/** The client's pace: one such piece a turn makes transfers of a second and more. */
const TURN_BYTES = { download: 131_072, upload: 65_536 };

const FILE = randomBytes(12 * MIB);
const isUpload = (id: string): boolean => numberOf(id) % 2 === 1;
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Transfers by an ISAPI extension, each a second or more long: by turns a part of a file that the client reads slowly (TRANSMIT_FILE), and an upload that it
 * sends slowly and gets back (ASYNC_READ_CLIENT).
 */
export const transfers: Protocol = {
  name: 'transfers',
  entry: 'transfers.mjs',
  kindOf: (id) => (isUpload(id) ? 'uploads' : 'downloads'),
  binding: (port) => `http://*:${port}/`,
  perSecond: 6,
  // On a machine that cannot carry as many bytes, more and more transfers would share what there is, until none ends within the drain's limit.
  mostAtOnce: 16,
  async open({ port, dir }) {
    await writeFile(join(dir, 'transfer.bin'), FILE);
    const agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
    return {
      send(id) {
        const length = isUpload(id) ? UPLOAD : DOWNLOAD;
        const part = FILE.subarray((numberOf(id) * 77_777) % (FILE.length - length)).subarray(0, length);
        return transfer({ agent, port, id, part, isUpload: isUpload(id) }).catch(wrong);
      },
      close: async () => agent.destroy(),
    };
  },
};

interface Asked {
  readonly agent: Agent;
  readonly port: number;
  readonly id: string;
  readonly part: Uint8Array;
  readonly isUpload: boolean;
}

async function transfer({ agent, port, id, part, isUpload }: Asked): Promise<Sight> {
  const path = `/?${part.byteOffset - FILE.byteOffset}+${part.length}`;
  const sent = request({ host: '127.0.0.1', port, path, agent, method: isUpload ? 'POST' : 'GET', headers: { 'x-work-id': id } });
  const answered = new Promise<IncomingMessage>((resolve, reject) => sent.on('response', resolve).on('error', reject));
  const sending = isUpload ? send(part, (chunk) => sent.write(chunk)) : Promise.resolve();
  sending.then(() => sent.end()).catch(() => {});
  const response = await answered;
  const slow = isUpload ? response : response.pipe(slowly()).on('error', () => {});
  if (!isUpload)
    response.on('error', (error) => slow.destroy(error)).on('close', () => response.complete || slow.destroy(new Error('cut short')));
  const hash = createHash('sha256');
  let left = part.length;
  let tail = '';
  for await (const chunk of slow as AsyncIterable<Buffer>) {
    hash.update(chunk.subarray(0, left));
    tail += chunk.subarray(left).toString('latin1');
    left -= Math.min(left, chunk.length);
  }
  const [expected, found] = [hashOf(part), hash.digest('hex')];
  if (response.statusCode !== 200) return { wrong: `status ${response.statusCode} ${response.headers['x-baton-error'] ?? ''}` };
  if (left > 0 || found !== expected)
    return { wrong: `${left} of ${part.length} bytes are missing, their hash is ${found}, expected ${expected}` };
  return sightOf(tail, isUpload ? `${expected} ${id}` : id);
}

async function send(part: Uint8Array, write: (chunk: Uint8Array) => void): Promise<void> {
  for (let at = 0; at < part.length; at += TURN_BYTES.upload) {
    write(part.subarray(at, at + TURN_BYTES.upload));
    await sleep(TURN_MS);
  }
}

/** Lets bytes through at the client's pace; the rest waits in the connection. */
function slowly(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      setTimeout(done, (chunk.length / TURN_BYTES.download) * TURN_MS, null, chunk);
    },
  });
}
