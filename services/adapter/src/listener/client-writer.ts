import type { Socket } from 'node:net';
import type { Output } from './output.ts';

/** Bodies up to this size are copied into the text of the head: one write instead of a gathered one. */
const INLINE_BYTES = 4096;
/** Text waiting for the end of the turn, characters; more is written at once. */
const TEXT_LIMIT = 65_536;

const dirty: ClientWriter[] = [];

function flushDirty(): void {
  const writers = dirty.splice(0);
  for (const writer of writers) writer.flush();
}

/**
 * Gathers what one turn of the event loop has for a client into one write.
 *
 * - Text is latin-1: heads, chunk sizes, small bodies.
 * - A large body chunk goes out at once, in one gathered write with the text before it.
 */
export class ClientWriter implements Output {
  private text = '';
  private isDirty = false;
  private readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  write(text: string): void {
    this.text += text;
    if (!this.isDirty) {
      this.isDirty = true;
      if (dirty.push(this) === 1) process.nextTick(flushDirty);
    }
  }

  /** Writes body bytes. False: the client does not keep up; wait for the socket's drain event. */
  writeChunk(chunk: Buffer): boolean {
    const { socket } = this;
    if (chunk.length <= INLINE_BYTES) {
      this.write(chunk.toString('latin1'));
      if (this.text.length > TEXT_LIMIT) this.flush();
      return !socket.writableNeedDrain;
    }
    if (this.text === '') return socket.write(chunk);
    socket.cork();
    socket.write(this.text, 'latin1');
    this.text = '';
    const isRoomLeft = socket.write(chunk);
    socket.uncork();
    return isRoomLeft;
  }

  flush(): void {
    this.isDirty = false;
    if (this.text === '') return;
    const text = this.text;
    this.text = '';
    if (this.socket.writable) this.socket.write(text, 'latin1');
  }
}
