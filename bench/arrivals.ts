// Sends GET requests over keep-alive connections and reports to its parent: at a constant rate of arrivals, whatever the answers take, or as
// many as it gets answered (to find the capacity that a rate is a share of: of the server and this generator together on their machine). A process of its own, so that who starts recycles does not disturb it. Sockets and hardly any parsing: it shares the machine with what it measures.
import { connect, type Socket } from 'node:net';

/** What the parent sends. */
export interface ArrivalsOrder {
  readonly url: string;
  /** A number of connections instead: each sends its next request when the last one is answered. */
  readonly requestsPerSecond: number | { readonly connections: number };
  readonly seconds: number;
  /** Of these, not counted at the start, while this process and the connections are new. @default 0 */
  readonly warmUpSeconds?: number;
}

/** What comes back. Latencies from the write of a request to the last byte of its answer. */
export interface ArrivalsResult {
  readonly requests: number;
  /** Not answered with 200 in full, or the connection refused or lost. */
  readonly failed: number;
  /** Not sent in time, because the generator itself had no time or no connection left. */
  readonly late: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly p999Micros: number;
  readonly maxMicros: number;
}

const TICK_MS = 1;
/** A request that is due longer than this was not sent in time, ms. */
const LATE_MS = 100;
const MOST_CONNECTIONS = 1_000;
const DRAIN_MS = 5_000;

interface Line {
  readonly socket: Socket;
  sentAt: number;
  received: string;
}

process.on('message', (order: ArrivalsOrder) => {
  void send(order).then((result) => process.send?.(result));
});

async function send({ url, requestsPerSecond: rate, seconds, warmUpSeconds = 0 }: ArrivalsOrder): Promise<ArrivalsResult> {
  const { hostname, port, pathname, host } = new URL(url);
  const request = `GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
  let isClosedLoop = typeof rate !== 'number';
  const idle: Line[] = [];
  const busy = new Set<Line>();
  const latencies: number[] = [];
  let [requests, failed, late, opened] = [0, 0, 0, 0];
  const countsFrom = performance.now() + warmUpSeconds * 1000;

  function open(): Line {
    opened++;
    const line: Line = { socket: connect(Number(port), hostname).setNoDelay(), sentAt: 0, received: '' };
    line.socket.on('data', (chunk) => take(line, chunk));
    line.socket.on('error', () => undefined);
    line.socket.on('close', () => {
      opened--;
      if (busy.delete(line)) failed++;
      else idle.splice(idle.indexOf(line), 1);
    });
    return line;
  }

  function write(): void {
    const line = idle.pop() ?? (opened < MOST_CONNECTIONS ? open() : undefined);
    const now = performance.now();
    const counts = now >= countsFrom ? 1 : 0;
    if (!line) {
      late += counts;
      return;
    }
    requests += counts;
    busy.add(line);
    line.received = '';
    line.sentAt = now;
    line.socket.write(request);
  }

  function take(line: Line, chunk: Buffer): void {
    line.received += chunk.toString('latin1');
    const end = line.received.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(line.received)?.[1]);
    if (end < 0 || line.received.length < end + 4 + length) return;
    if (line.sentAt >= countsFrom) latencies.push((performance.now() - line.sentAt) * 1e3);
    if (!line.received.startsWith('HTTP/1.1 200 ')) failed++;
    busy.delete(line);
    idle.push(line);
    if (isClosedLoop) write();
  }

  /** One request after the other at its time, in ticks. */
  function sendAtRate(requestsPerSecond: number): Promise<void> {
    const total = Math.floor(requestsPerSecond * seconds);
    const startedAt = performance.now();
    let due = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const now = performance.now() - startedAt;
        for (; due < total && due * 1000 <= now * requestsPerSecond; due++) {
          if (now - (due * 1000) / requestsPerSecond > LATE_MS) late += performance.now() >= countsFrom ? 1 : 0;
          else write();
        }
        if (due < total) return;
        clearInterval(timer);
        resolve();
      }, TICK_MS);
    });
  }

  if (typeof rate === 'number') await sendAtRate(rate);
  else {
    for (let connection = 0; connection < rate.connections; connection++) write();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    isClosedLoop = false;
  }
  const deadline = performance.now() + DRAIN_MS;
  while (busy.size > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  failed += busy.size;
  busy.clear();
  for (const { socket } of [...idle]) socket.destroy();
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { requests, failed, late, p50Micros: at(0.5), p99Micros: at(0.99), p999Micros: at(0.999), maxMicros: at(1) };
}
