import { Bucket } from './bucket.ts';

/** DATA frames smaller than this cost more than they carry; a message of gRPC has 5 bytes before its own, a frame of WebSocket 6. */
const TINY_BYTES = 8;
/** Head of a frame. */
const FRAME_BYTES = 9;
/** What a connection may send beside requests and bodies, whatever it does. */
const FREE_BYTES = 524_288;
/** Frames of bodies that may wait here unread on one connection: each costs memory far beyond its bytes. */
const MAX_UNREAD_FRAMES = 32_768;

/**
 * What one connection may do of what costs us more than its client.
 *
 * - Requests that their client takes back before the answer (rapid reset, CVE-2023-44487): each was routed, and may have reached an app.
 * - PING and SETTINGS that are answered (CVE-2019-9512, -9515): a client measures its way with PING many times a second, nobody changes settings so often.
 * - DATA of a few bytes (CVE-2019-9511, -9518), and unread frames of bodies.
 * - Everything that nobody here sees: head blocks that nghttp2 throws away (HPACK bombs), windows, priorities, padding, frames of unknown types. What a
 *   connection sends has to be mostly requests, bodies, and windows for what it gets.
 * - Each method returns why the connection has to end, or undefined.
 */
export class FloodGuard {
  private readonly resets = new Bucket(200, 50);
  private readonly pings = new Bucket(2_000, 500);
  private readonly settings = new Bucket(50, 5);
  private readonly tiny = new Bucket(10_000, 2_000);
  private unread = 0;
  /** Bytes that were requests or bodies. */
  private useful = 0;
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  reset(): string | undefined {
    return this.resets.spend(this.now()) ? undefined : 'it took back more than 200 requests, and 50 a second';
  }

  ping(): string | undefined {
    this.useful += FRAME_BYTES + 8;
    return this.pings.spend(this.now()) ? undefined : 'it sent more than 2,000 PING frames, and 500 a second';
  }

  changedSettings(): string | undefined {
    return this.settings.spend(this.now()) ? undefined : 'it sent more than 50 SETTINGS frames, and 5 a second';
  }

  /** So many bytes were something. */
  count(bytes: number): void {
    this.useful += bytes;
  }

  /** Compares what was read from the connection with what was of use in it. */
  judgeBytes(read: number, written: number): string | undefined {
    const allowed = FREE_BYTES + this.useful * 1.25 + written / 50;
    return read <= allowed ? undefined : `${Math.round(read - this.useful)} of the ${read} bytes it sent were neither requests nor bodies`;
  }

  /** A DATA frame came; `isUnread`: nobody takes it now. */
  data(bytes: number, isUnread: boolean): string | undefined {
    this.useful += bytes + FRAME_BYTES;
    if (isUnread && ++this.unread > MAX_UNREAD_FRAMES) return `more than ${MAX_UNREAD_FRAMES} DATA frames wait to be read`;
    if (bytes >= TINY_BYTES || this.tiny.spend(this.now())) return undefined;
    return `it sent more than 10,000 DATA frames below ${TINY_BYTES} bytes, and 2,000 a second`;
  }

  /** So many frames that nobody took were taken, or thrown away. */
  read(frames: number): void {
    this.unread -= frames;
  }
}
