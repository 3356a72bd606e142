import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { Case, Fields, Step } from './case.ts';
import { cut, single } from './case.ts';
import { close } from './frame.ts';
import { Reader } from './reader.ts';

const PATIENCE_MS = 15_000;

/** What the client of a case saw, in words; "no end" when the server left it waiting. */
export async function play(
  probe: Case,
  id: string,
  host: string,
  port: number,
): Promise<{ readonly words: readonly string[]; readonly isOpen: boolean }> {
  const key = randomBytes(16).toString('base64');
  const reader = new Reader(key);
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  let isEnded = false;
  let hasClosed = false;
  let wake = (): void => {};
  const changed = () => {
    // Both closes are there: the server is about to end, and so are we.
    if (reader.hasClose && !hasClosed && !socket.destroyed && probe.closes !== false) {
      hasClosed = true;
      socket.write(close(1000));
    }
    if (reader.hasClose && hasClosed && !socket.writableEnded) socket.end();
    wake();
  };
  const end = () => {
    isEnded = true;
    wake();
  };
  socket.on('data', (chunk) => {
    reader.push(chunk);
    changed();
  });
  socket.on('end', end).on('error', end).on('close', end);
  const changing = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const abort = AbortSignal.timeout(PATIENCE_MS);
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue() && !isEnded && !abort.aborted) await Promise.race([changing(), delay(50, undefined, { ref: false })]);
  };
  try {
    const { steps, head } = openingOf(probe, id, key);
    for (const step of [...head, ...steps]) await take(step);
    await until(() => reader.words.length > 0);
    if (reader.isOpen && probe.closes !== false && !hasClosed && !isEnded) {
      hasClosed = true;
      socket.write(close(1000));
      changed();
    }
    await until(() => false);
  } finally {
    socket.destroy();
  }
  const rest = reader.rest === '' ? [] : [JSON.stringify(reader.rest)];
  return { words: [...reader.words, ...rest, isEnded ? 'end' : 'no end'], isOpen: reader.isOpen };

  async function take(step: Step): Promise<void> {
    if (isEnded && step !== 'reset') return;
    if (Buffer.isBuffer(step)) {
      if (!socket.writableEnded) socket.write(step);
      await turn();
    } else if (step === 'fin') socket.end();
    else if (step === 'reset') socket.resetAndDestroy();
    else if ('frames' in step) await until(() => reader.frames >= step.frames);
    else {
      socket.pause();
      await delay(step.pauseMs);
      socket.resume();
    }
  }
}

/** The handshake, and the steps behind it that are not sent with it. */
function openingOf(
  { path = '/echo', method = 'GET', fields = {}, steps, handshake }: Case,
  id: string,
  key: string,
): { head: Step[]; steps: readonly Step[] } {
  const target = `${path}${path.includes('?') ? '&' : '?'}id=${id}`;
  const bytes = Buffer.from(`${method} ${target} HTTP/1.1\r\n${linesOf(fields, key)}\r\n`, 'latin1');
  const [first, ...rest] = steps;
  switch (handshake) {
    case 'bytes':
      return { head: single(bytes), steps };
    case 'halves':
      return { head: cut(bytes, bytes.length >> 1), steps };
    case 'glued':
      return { head: [Buffer.concat([bytes, first as Buffer])], steps: rest };
    default:
      return { head: [bytes, { frames: 0 }], steps };
  }
}

function linesOf(fields: Fields, key: string): string {
  const all: Fields = {
    Host: 'app.test',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
    ...fields,
  };
  return Object.entries(all)
    .flatMap(([name, value]) => (value === null ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`)))
    .join('');
}
