import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ParsedResponse, ResponseParser } from './response-parser.ts';
import type { Step, SurfaceCase } from './surface-case.ts';

/** What a client saw, before normalisation. */
export interface Seen {
  readonly responses: readonly ParsedResponse[];
  /** What the connection was good for afterwards. 'left': the client itself ended it. */
  readonly connection: 'reusable' | 'closed' | 'stalled' | 'left';
  readonly leftover: string;
  /** What the app noted, by id of the request. */
  readonly events: Record<string, readonly string[]>;
}

const PROBE = 'GET /hello HTTP/1.1\r\nHost: app.test\r\n\r\n';

/** Looks without a new event, 10 ms apart, after which none is expected. */
const QUIET_ROUNDS = 40;

let runs = 0;

/** Plays a case against the server on `port` of the loopback interface. */
export async function play(port: number, surfaceCase: SurfaceCase): Promise<Seen> {
  const id = `case-${process.pid}-${++runs}`;
  const methods = surfaceCase.methods ?? ['GET'];
  const parser = new ResponseParser([...methods, 'GET']);
  const client = new RawClient(port, parser, surfaceCase.patienceMs ?? 10_000);
  try {
    await client.connected;
    for (const step of surfaceCase.steps) await client.play(step, id);
    const connection = await client.conclude(methods.length);
    const responses = parser.responses.slice(0, methods.length);
    const events: Record<string, readonly string[]> = {};
    for (const name of surfaceCase.ids ?? ['%CASE%']) events[name] = await settledEvents(port, name.replaceAll('%CASE%', id));
    return { responses, connection, leftover: parser.leftover, events };
  } finally {
    client.close();
  }
}

class RawClient {
  readonly connected: Promise<unknown>;
  readonly #port: number;
  readonly #socket: Socket;
  readonly #parser: ResponseParser;
  readonly #patienceMs: number;
  #received = '';
  #isClosed = false;
  #hasLeft = false;
  #error: unknown;
  #wake: () => void = () => {};

  constructor(port: number, parser: ResponseParser, patienceMs: number) {
    this.#port = port;
    this.#parser = parser;
    this.#patienceMs = patienceMs;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.connected = once(this.#socket, 'connect');
    this.#socket.on('data', (chunk) => this.#onData(chunk));
    this.#socket.on('end', () => this.#onClosed());
    this.#socket.on('close', () => this.#onClosed());
    this.#socket.on('error', () => this.#onClosed());
  }

  async play(step: Step, id: string): Promise<void> {
    if ('send' in step) {
      const bytes = typeof step.send === 'string' ? Buffer.from(step.send.replaceAll('%CASE%', id), 'latin1') : step.send;
      if (!this.#socket.destroyed) this.#socket.write(bytes);
    } else if ('until' in step) {
      await this.#until(() => step.until.test(this.#received));
    } else if ('event' in step) {
      for (const end = Date.now() + this.#patienceMs; Date.now() < end; await delay(5)) {
        if ((await fetchEvents(this.#port, id)).some((event) => event.startsWith(step.event))) return;
      }
    } else if ('fin' in step) {
      this.#hasLeft = true;
      this.#socket.end();
    } else if ('reset' in step) {
      this.#hasLeft = true;
      this.#socket.resetAndDestroy();
    } else if (step.read) {
      this.#socket.resume();
    } else {
      this.#socket.pause();
    }
  }

  /** Waits for `count` responses, then asks for one more to learn what the connection is still good for. */
  async conclude(count: number): Promise<Seen['connection']> {
    await this.#until(() => this.#parser.whole >= count);
    if (this.#error) throw this.#error;
    if (this.#hasLeft) return 'left';
    if (this.#isClosed) return 'closed';
    if (this.#parser.whole < count) return 'stalled';
    this.#socket.write(PROBE);
    await this.#until(() => this.#parser.whole > count);
    if (this.#parser.responses[count]?.body === 'hello world') return 'reusable';
    return this.#isClosed || this.#parser.whole > count ? 'closed' : 'stalled';
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#received += chunk.toString('latin1');
    try {
      this.#parser.push(chunk);
    } catch (error) {
      this.#error ??= error;
    }
    this.#wake();
  }

  #onClosed(): void {
    this.#isClosed = true;
    this.#parser.end();
    this.#wake();
  }

  /** Resolves when the condition holds, the connection has ended, or patience has. */
  async #until(condition: () => boolean): Promise<void> {
    const end = Date.now() + this.#patienceMs;
    while (!condition() && !this.#isClosed && !this.#error) {
      const leftMs = end - Date.now();
      if (leftMs <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

async function fetchEvents(port: number, id: string): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/__events?case=${id}`, { signal: AbortSignal.timeout(5_000) });
  return (await answer.json()) as string[];
}

/** The app's events once each request has said 'close' on both of its halves, or nothing came for a while. */
async function settledEvents(port: number, id: string): Promise<readonly string[]> {
  const count = (events: readonly string[], prefix: string) => events.filter((event) => event.startsWith(prefix)).length;
  let events: string[] = [];
  for (let quietRounds = 0; quietRounds < QUIET_ROUNDS; quietRounds++) {
    const before = events.length;
    events = await fetchEvents(port, id);
    const requests = count(events, 'request');
    if (requests > 0 && count(events, 'res.close') >= requests && count(events, 'req.close') >= requests) break;
    if (events.length > before) quietRounds = 0;
    await delay(10);
  }
  return events;
}
