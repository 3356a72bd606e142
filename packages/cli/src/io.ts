import { fileURLToPath } from 'node:url';

/** The main files of the services that `baton up` starts. */
export interface ServicePrograms {
  readonly was: string;
  readonly adapter: string;
  readonly host: string;
}

/** What a command may touch of its surroundings; tests give their own. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether `out` is a terminal that shows colours. */
  readonly hasColours: boolean;
  readonly programs: ServicePrograms;
}

const programOf = (service: string): string => fileURLToPath(new URL(`../../../services/${service}/dist/main.js`, import.meta.url));

/** Output waits in memory up to this size when nobody reads it; further text is dropped, bytes. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/** The surroundings of this process. */
export function processIo(): Io {
  // A reader that leaves ("baton status | head -1") is no fault of ours.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const writeTo = (stream: NodeJS.WriteStream) => (text: string) => {
    if (stream.writableLength < MOST_WAITING_BYTES) stream.write(text);
  };
  return {
    out: writeTo(process.stdout),
    err: writeTo(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    hasColours: process.stdout.isTTY === true && !process.env.NO_COLOR,
    programs: { was: programOf('was'), adapter: programOf('adapter'), host: programOf('worker') },
  };
}
