import net, { type ListenOptions } from 'node:net';

/** What the arguments of a `listen()` call say. */
export interface ListenWish {
  /** Undefined: not a TCP port (a path), or a handle or descriptor that exists already. */
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly path: string | undefined;
  /** A handle or file descriptor that is open already: not ours to place. */
  readonly isOpen: boolean;
  readonly signal: AbortSignal | undefined;
  readonly callback: (() => void) | undefined;
  /** "0.0.0.0:9464", "/run/app.sock" */
  readonly text: string;
}

type Normalize = (args: readonly unknown[]) => [ListenOptions & { fd?: number; handle?: unknown; _handle?: unknown }, (() => void) | null];

const normalize = (net as unknown as { _normalizeArgs: Normalize })._normalizeArgs;

/** Reads the arguments of `net.Server.listen` in all their forms; undefined when they are wrong, which Node then says better. */
export function readListenArguments(args: readonly unknown[]): ListenWish | undefined {
  const [options, callback] = normalize(args);
  const { host, path, signal } = options;
  const isOpen = typeof options.fd === 'number' || options.handle !== undefined || options._handle !== undefined;
  const port = readPort(options.port);
  if (!isOpen && path === undefined && (port === undefined || !(port >= 0 && port <= 65_535))) return undefined;
  const text = path ?? `${host ?? '*'}:${port}`;
  return { port: path === undefined ? port : undefined, host, path, isOpen, signal, callback: callback ?? undefined, text };
}

function readPort(port: unknown): number | undefined {
  // Node's normaliser leaves a callback that came alone where the port belongs.
  if (port === undefined || port === null || typeof port === 'function') return 0;
  if (typeof port === 'number') return Number.isInteger(port) ? port : undefined;
  return typeof port === 'string' && port.trim() !== '' ? Number(port) : undefined;
}
