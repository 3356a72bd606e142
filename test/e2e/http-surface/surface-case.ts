/** One thing a raw client does. `%CASE%` in what is sent becomes the id of the run. */
export type Step =
  | { readonly send: string | Buffer }
  /** Goes on when what was received matches. */
  | { readonly until: RegExp }
  /** Sends FIN. */
  | { readonly fin: true }
  /** Breaks the connection with RST. */
  | { readonly reset: true }
  /** Stops or goes on reading. */
  | { readonly read: boolean }
  /** Goes on when the app has noted this event for the run. */
  | { readonly event: string };

/** A scripted raw client: bytes out, what must be the same directly and through Baton in. */
export interface SurfaceCase {
  /** A sentence. */
  readonly title: string;
  readonly steps: readonly Step[];
  /** Methods of the requests that get a response, in order; the parser needs them. @default ['GET'] */
  readonly methods?: readonly string[];
  /** Ids of the requests whose app events are compared; [] = none reach the app. @default ['%CASE%'] */
  readonly ids?: readonly string[];
  /** Leaves the body (and what describes it) of error answers out: Node sends none, Baton says what was wrong. */
  readonly ignoresBody?: boolean;
  /** Apps it makes no sense for, with the reason. */
  readonly except?: Readonly<Partial<Record<string, string>>>;
  /** Which apps it is for. @default all */
  readonly only?: readonly string[];
  /** How long to wait for an answer that may never come, ms. @default 10_000 */
  readonly patienceMs?: number;
}

export const HOST = 'Host: app.test';

/** A request head with Host and the run's id. */
export function head(method: string, target: string, ...lines: readonly string[]): string {
  return [`${method} ${target} HTTP/1.1`, HOST, 'X-Case: %CASE%', ...lines, '', ''].join('\r\n');
}

/** A whole request with a body of known length. */
export function withBody(method: string, target: string, body: string, ...lines: readonly string[]): string {
  return head(method, target, `Content-Length: ${Buffer.byteLength(body)}`, ...lines) + body;
}

/** The chunked form of some pieces, with trailers. */
export function chunked(pieces: readonly string[], trailers: readonly string[] = []): string {
  const chunks = pieces.map((piece) => `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`);
  return [...chunks, '0\r\n', ...trailers.map((line) => `${line}\r\n`), '\r\n'].join('');
}

/** A case of one request that sends everything at once. */
export function simple(title: string, bytes: string | Buffer, more: Omit<SurfaceCase, 'title' | 'steps'> = {}): SurfaceCase {
  return { title, steps: [{ send: bytes }], ...more };
}

/** A GET of the path. */
export const get = (title: string, path: string, ...lines: readonly string[]): SurfaceCase => simple(title, head('GET', path, ...lines));
